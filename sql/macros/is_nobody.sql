-- gives  is_nobody(user_id): whether an account is the log's own name for nobody: its events are kept, but it is no
--          person, never a peer, and nothing is found about it
create or replace temp macro is_nobody(user_id) as
lower(trim(user_id, '[](){}<>" ')) in (
    'anonymous', 'anonymoususer', 'anonymous user', 'anonymous logon', 'anonymous login', 's-1-5-7',
    'nt authority\anonymous logon', 'unknown', 'unknown user', 'unknownuser', 'unknown_user', 'unauthenticated',
    'unauthenticated user', 'not authenticated', 'not logged in', 'nobody', 'no user', 'nouser', 'no_user', 'undefined',
    '-1', '匿名', '匿名用户', '匿名访问', '未知', '未知用户', '未登录', '未登陆', '未登录用户', '无用户', '游客'
);
