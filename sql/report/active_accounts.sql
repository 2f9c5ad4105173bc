/*
Reads  `account_days`.
Gives  the number of accounts with an access in the 28 days that end with the period.
*/
select count(distinct user_id) as accounts from account_days where business_date between $last - 27 and $last;
