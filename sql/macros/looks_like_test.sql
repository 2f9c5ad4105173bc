-- gives  looks_like_test(busy_dates, dates): whether a record without a visit is taken for a test record that accounts of
--          many departments opened on so many of the dates of four weeks
create or replace temp macro looks_like_test(busy_dates, dates) as
busy_dates >= 7 and busy_dates >= 0.4 * dates;
