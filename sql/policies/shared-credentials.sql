/*
id = "shared-credentials"
version = 4
pattern = "shared-credentials"
severity = "medium"
alert = false
subject = "account"

[title]
zh = "同一账号同时在两处使用"
en = "One account in two places at once"

[reason]
zh = "账号在 {places} 之间往返 {switches} 次（每次间隔不超过 {window_minutes} 分钟，最短 {shortest} 秒）；最近一天同岗位 {peers} 人中有 {peers_switching} 人也如此"
en = "The account went back and forth between {places} {switches} times, each within {window_minutes} minutes (shortest {shortest} seconds); on the last of these days {peers_switching} of {peers} colleagues in the role did so"

[why]
zh = "借用账号使每一次查阅都无法归责。依据：《电子病历应用管理规范（试行）》第八条（一人一号、自行保管）；《网络安全法》第二十三条（2026 年以前为第二十一条）；HIPAA 45 CFR 164.312(a)(2)(i) 唯一用户标识。"
en = "A lent account leaves no access attributable. Law: Rules for the Use of Electronic Medical Records 2017 (identity and permissions); Cybersecurity Law, art. 23 (art. 21 before 2026); HIPAA 45 CFR 164.312(a)(2)(i), unique user identification."

[misses]
zh = "同一台电脑轮流使用同一账号；先后使用、间隔较长的借用；日志没有终端和地址。"
en = "People who take turns at one workstation; lending with long pauses; logs without workstation and address."

[false_causes]
zh = "查房换终端（单向移动，不往返）；移动推车与护士站并用；远程桌面、终端服务器、值班室公用机。"
en = "A ward round changes workstations (moves on, does not return); a cart beside the desk; remote desktops, terminal servers, duty-room machines."

[check]
zh = ["核对两处终端的位置能否在该时间内往返", "问明谁在另一处使用该账号", "看两处分别打开了哪些患者"]
en = ["See whether one person could walk between the two workstations in that time", "Find out who used the account at the other place", "Compare which patients were opened at each place"]

[over_dates]
switches = "sum"
shortest = "least"

[params]
window_minutes = 20
min_switches = 3
impossible_seconds = 60
min_impossible = 2
common_share = 0.2
min_peers = 5

[[example]]
name = "two wards in turn, all morning"
night = 2026-03-02
fires = ["d1"]
events = """
event_time,user_id,patient_id,action,category,workstation,client_ip
2026-03-02 09:00:00,d1,p1,view,note,DERM-1,10.0.1.1
2026-03-02 09:10:00,d1,p2,view,note,ORTH-1,10.0.2.1
2026-03-02 09:15:00,d1,p1,view,note,DERM-1,10.0.1.1
2026-03-02 09:30:00,d1,p2,view,note,ORTH-1,10.0.2.1
2026-03-02 09:31:00,d1,p1,view,note,DERM-1,10.0.1.1
"""

[[example]]
name = "a ward round moves on from bed to bed, and comes back once for the note"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,workstation
2026-03-02 09:00:00,d1,p1,view,note,W1
2026-03-02 09:05:00,d1,p2,view,note,W2
2026-03-02 09:10:00,d1,p3,view,note,W3
2026-03-02 09:15:00,d1,p4,view,note,W4
2026-03-02 09:20:00,d1,p5,view,note,W1
2026-03-02 09:25:00,d1,p5,update,note,W1
"""

[[example]]
name = "two systems that write the place differently; a duty-room kiosk; refused log-ins elsewhere"
night = 2026-03-02
fires = []
events = """
source,event_time,user_id,user_role,patient_id,action,category,workstation,outcome
his,2026-03-02 09:00:00,d1,doctor,p1,view,note,PC-0012,success
emr,2026-03-02 09:01:00,d1,doctor,p1,view,note,ward4/12,success
his,2026-03-02 09:02:00,d1,doctor,p1,view,note,PC-0012,success
emr,2026-03-02 09:03:00,d1,doctor,p1,view,note,ward4/12,success
his,2026-03-02 09:04:00,d1,doctor,p1,view,note,PC-0012,success
emr,2026-03-02 09:05:00,d1,doctor,p1,view,note,ward4/12,success
his,2026-03-02 09:00:00,k1,kiosk,p1,view,note,K1,success
his,2026-03-02 09:01:00,k1,kiosk,p1,view,note,K2,success
his,2026-03-02 09:02:00,k1,kiosk,p1,view,note,K1,success
his,2026-03-02 09:03:00,k1,kiosk,p1,view,note,K2,success
his,2026-03-02 09:04:00,k1,kiosk,p1,view,note,K1,success
his,2026-03-02 09:00:00,d2,doctor,p1,view,note,W1,success
his,2026-03-02 09:01:00,d2,doctor,,login,,W2,failure
his,2026-03-02 09:02:00,d2,doctor,p1,view,note,W1,success
his,2026-03-02 09:03:00,d2,doctor,,login,,W2,failure
his,2026-03-02 09:04:00,d2,doctor,p1,view,note,W1,success
"""

[[example]]
name = "nurses with a cart beside the desk: everybody in the role does it"
night = 2026-03-02
fires = []
events = """
event_time,user_id,user_role,user_department,patient_id,action,category,workstation
2026-03-02 09:00:00,n1,nurse,OB,p1,view,note,DESK
2026-03-02 09:03:00,n1,nurse,OB,p1,view,note,CART1
2026-03-02 09:06:00,n1,nurse,OB,p1,view,note,DESK
2026-03-02 09:09:00,n1,nurse,OB,p1,view,note,CART1
2026-03-02 09:12:00,n1,nurse,OB,p1,view,note,DESK
2026-03-02 09:00:00,n2,nurse,OB,p1,view,note,DESK
2026-03-02 09:03:00,n2,nurse,OB,p1,view,note,CART2
2026-03-02 09:06:00,n2,nurse,OB,p1,view,note,DESK
2026-03-02 09:09:00,n2,nurse,OB,p1,view,note,CART2
2026-03-02 09:12:00,n2,nurse,OB,p1,view,note,DESK
2026-03-02 09:00:00,n3,nurse,OB,p1,view,note,DESK
2026-03-02 09:00:00,n4,nurse,OB,p1,view,note,DESK
2026-03-02 09:00:00,n5,nurse,OB,p1,view,note,DESK
2026-03-02 09:00:00,n6,nurse,OB,p1,view,note,DESK
"""

[[example]]
name = "no workstations, but addresses; and neither"
night = 2026-03-02
fires = ["d1"]
events = """
event_time,user_id,patient_id,action,category,client_ip
2026-03-02 09:00:00,d1,p1,view,note,10.0.1.1
2026-03-02 09:10:00,d1,p2,view,note,10.0.2.1
2026-03-02 09:15:00,d1,p1,view,note,10.0.1.1
2026-03-02 09:30:00,d1,p2,view,note,10.0.2.1
2026-03-02 09:00:00,d2,p1,view,note,
2026-03-02 09:01:00,d2,p2,view,note,
"""
*/
with placed_events as (
    select
        user_id,
        source,
        event_id,
        local_time,
        coalesce(workstation, client_ip) as place,
        workstation is null as by_address
    from night_events
    where outcome = 'success' and action <> 'other' and coalesce(workstation, client_ip) is not null
),

-- a place is compared within one source only: two systems name the same machine differently
moves as (
    select
        *,
        lag(place) over in_order as last_place,
        lag(by_address) over in_order as last_by_address,
        lag(local_time) over in_order as last_time
    from placed_events
    window in_order as (partition by user_id, source order by local_time, place, event_id)
),

switches as (
    select
        *,
        lag(last_place) over in_order as place_before,
        lag(local_time) over in_order as time_before
    from moves
    where place <> last_place and by_address = last_by_address
    window in_order as (partition by user_id, source order by local_time, place, event_id)
),

-- a return: from A to B and back to A; both ways of it are switches, a round from bed to bed has none
returns as (
    select
        *,
        date_diff('second', last_time, local_time) as gap_seconds
    from switches
    where
        date_diff('second', last_time, local_time) <= 60 * $window_minutes
        and (
            place = place_before
            or place_before is null
        )
),

account_switches as (
    select
        user_id,
        count(*) as switches,
        count(*) filter (gap_seconds <= $impossible_seconds) as impossible,
        count(*) filter (place_before is not null) as comebacks,
        min(gap_seconds) as shortest
    from returns
    group by user_id
),

judged as (
    select
        accounts.user_id,
        accounts.account_type,
        coalesce(account_switches.switches, 0) as switches,
        coalesce(account_switches.comebacks, 0) as comebacks,
        account_switches.shortest,
        coalesce(comebacks > 0 and (switches >= $min_switches or impossible >= $min_impossible), false) as switching,
        count(*) over peers - 1 as peers,
        sum(switching::integer) over peers - switching::integer as peers_switching
    from accounts
    semi join placed_events on accounts.user_id = placed_events.user_id
    left join account_switches on accounts.user_id = account_switches.user_id
    window peers as (partition by accounts.department, accounts.role, accounts.account_type)
),

-- whose place it is: the department that most of its other users of the week belong to
place_users as (
    select place, department, count(distinct user_id) as users
    from (
        select user_id, department, unnest(string_split(workstations, '|')) as place
        from recent_patient_days
    )
    where user_id not in (select judged.user_id from judged where judged.switching)
    group by all
),

place_departments as (
    select distinct on (place)
        place,
        department
    from place_users
    order by place, users desc, department
),

-- the events that tell: those away from the account's own department, or the switches where both places are its own
shared_events as (
    select
        placed_events.*,
        returns.event_id is not null as is_switch,
        coalesce(place_departments.department <> accounts.department, false) as away,
        bool_or(away) over (partition by placed_events.user_id) as ever_away
    from placed_events
    join judged on placed_events.user_id = judged.user_id
    join accounts on placed_events.user_id = accounts.user_id
    left join place_departments on placed_events.place = place_departments.place
    left join returns on placed_events.event_id = returns.event_id and placed_events.user_id = returns.user_id
    where
        judged.switching
        and judged.account_type = 'human'
        and (judged.peers < $min_peers or judged.peers_switching < $common_share * judged.peers)
)

select
    shared_events.user_id,
    list(event_id) filter (away or (is_switch and not ever_away)) as event_ids,
    list(distinct place order by place)[:5] as places,
    any_value(judged.switches) as switches,
    any_value($window_minutes) as window_minutes,
    any_value(judged.shortest) as shortest,
    any_value(judged.peers) as peers,
    any_value(judged.peers_switching)::bigint as peers_switching
from shared_events
join judged on shared_events.user_id = judged.user_id
group by shared_events.user_id
