/*
id = "direct-database-read"
version = 1
pattern = "direct-database-read"
severity = "high"
alert = true
subject = "account"

[title]
zh = "绕过信息系统直接读取数据库中的患者数据"
en = "Patient tables read directly, past the hospital's systems"

[reason]
zh = "通过 {programs} 直接读取患者数据表 {events} 次（共返回 {rows_read} 行），未经信息系统，首次 {first_at}"
en = "{events} reads of patient tables through {programs}, not through the hospital's systems, {rows_read} rows returned, first at {first_at}"

[why]
zh = "统方和整表导出多用数据库客户端完成：不经信息系统的权限控制，系统日志中也不留痕迹。依据：《关于加强医疗卫生机构统方管理的规定》（国卫纠发〔2014〕1号）；《数据安全法》第二十七条；《个人信息保护法》第五十一条。"
en = "Prescription statistics by doctor and whole tables are taken with database clients: past the access rights of the hospital's systems and unseen in their logs. Law: rules on prescription statistics in health institutions (2014); Data Security Law, art. 27; PIPL, art. 51."

[misses]
zh = "没有数据库审计日志；冒用信息系统程序名的客户端；日志不记录程序名（MySQL、MariaDB）；经中间库、备份文件读取。"
en = "Databases without an audit log; clients that give the name of a hospital's program; logs without program names (MySQL, MariaDB); reading through a copy or a backup."

[false_causes]
zh = "数据库管理员按工单排查问题；报表、接口程序未写入 his_programs；未用 [source.tables] 说明哪些是患者数据表。"
en = "A database administrator who works on a ticket; reports and interfaces missing from his_programs; no [source.tables] that says which tables hold patients' data."

[check]
zh = ["请信息科核对该时间段有无工单或审批，语句是否与之相符", "看语句是否按医生、药品汇总（统方），返回多少行，文件存到何处", "确认该账号由谁使用、来自哪台电脑；无合理原因的，收回直连权限并保全日志"]
en = ["Have IT say whether a ticket or approval covers the time, and whether the statements fit it", "See whether statements sum up by doctor and drug, how many rows came back, and where they went", "Find out who uses the account and on which machine; without a reason take direct access away and keep the logs"]

[over_dates]
rows_read = "sum"

[params]
client_programs = ["navicat", "plsqldev", "pl sql developer", "toad", "sqlplus", "sqlplusw", "sqlcl", "sql developer", "sqldeveloper", "dbeaver", "datagrip", "dbvisualizer", "dbvis", "heidisql", "sqlyog", "mysql workbench", "phpmyadmin", "pgadmin", "pgcli", "psql", "mysql", "mysqldump", "pg_dump", "pg_dumpall", "exp", "expdp", "sqluldr2", "management studio", "sqlcmd", "dbforge", "aqua data studio", "squirrel sql", "excel", "msaccess", "msqry32", "tableau", "python", "rstudio", "rsession"]
his_programs = []
database_sources = []
exempt_accounts = []
min_events = 1

[[example]]
name = "prescriptions by doctor, read with a client tool; another by a dump"
night = 2026-03-02
fires = ["dba_li", "system"]
events = """
event_time,user_id,patient_id,action,category,application,record_count
2026-03-02 10:00:00,dba_li,,search,medication,Navicat Premium 16,812
2026-03-02 10:05:00,dba_li,p1,view,demographics,Navicat Premium 16,1
2026-03-02 23:00:00,system,,export,demographics,expdp@his-db (TNS V1-V3),50000
"""

[[example]]
name = "the hospital's own programs, other tables, statements that failed or read nothing"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,application,outcome
2026-03-02 10:00:00,his_app,p1,view,demographics,HIS-opd,success
2026-03-02 10:00:00,his_app,p1,view,demographics,psqlODBC,success
2026-03-02 10:00:00,dba_li,,search,other,navicat,success
2026-03-02 10:00:00,dba_li,,search,demographics,navicat,failure
2026-03-02 10:00:00,dba_li,,other,,navicat,success
2026-03-02 10:00:00,dba_li,p1,update,demographics,navicat,success
2026-03-02 10:00:00,n1,p1,view,demographics,,success
"""

[[example]]
name = "client tools by the names that they give themselves"
night = 2026-03-02
fires = ["a", "b", "c", "d"]
events = """
event_time,user_id,action,category,application
2026-03-02 10:00:00,a,search,demographics,plsqldev.exe
2026-03-02 10:00:00,b,search,,PL/SQL Developer
2026-03-02 10:00:00,c,search,medication,DBeaver 23.1 - SQLEditor <Script-1.sql>
2026-03-02 10:00:00,d,view,medication,sqlplus@pc7 (TNS V1-V3)
"""
*/
with reads as (
    select
        *,
        ' ' || trim(regexp_replace(lower(application), '[^a-z0-9_\x{4E00}-\x{9FFF}]+', ' ', 'g')) || ' ' as program
    from night_events
    where
        outcome = 'success'
        and action in ('search', 'view', 'print', 'export')
        -- a site that says which tables hold patients' data has `other` for the rest
        and category is distinct from 'other'
        and application is not null
        and not list_contains($exempt_accounts::varchar[], user_id)
),

direct_reads as (
    select *
    from reads
    where
        not list_bool_or(
            list_transform($his_programs::varchar[], lambda known: lower(application) like replace(lower(known), '*', '%'))
        )
        is true
        and (
            list_bool_or(
                list_transform($client_programs::varchar[], lambda client: contains(program, ' ' || lower(client) || ' '))
            )
            or (len($his_programs::varchar[]) > 0 and list_contains($database_sources::varchar[], source))
        )
)

select
    user_id,
    list(event_id) as event_ids,
    list(distinct application order by application)[:5] as programs,
    sum(record_count)::bigint as rows_read
from direct_reads
group by user_id
having count(*) >= $min_events
