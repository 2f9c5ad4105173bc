/*
Reads  `dates`.
Gives  the first business date judged.
*/
select min(business_date) as first_date from dates;
