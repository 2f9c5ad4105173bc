/*
How much of a date's patient-days was judged, and how much is only usual: `explained` counts grounds alone from here on,
and only where models had learned. Null for dates that were judged before this step, whose `explained` counts habit too.
*/
alter table dates add column judged bigint;
alter table dates add column usual bigint;
