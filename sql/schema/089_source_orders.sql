/*
Rows that were deleted leave holes in the numbers of a log, a clock that is set back breaks the order of its times: how
each log numbers and orders its rows is kept by the date, from this step on.
*/
create table source_orders (
    source varchar not null,
    business_date date not null,
    numbered bigint not null,
    consecutive bigint not null,
    missing bigint not null,
    followed bigint not null,
    in_order bigint not null,
    set_back bigint not null
);
