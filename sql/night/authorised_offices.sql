-- reads   site_rules, account_dates
-- gives   authorised_offices: the departments whose task is the records of the whole hospital: medical records and
--          coding, quality control, insurance, infection control, billing, statistics
-- note    they are "authorised" in the sense of 医疗机构病历管理规定 2013 art. 15; their reading needs no relation to
--          the patient, but a search by phone, a contact page alone or an export still does
select distinct account_dates.department
from account_dates
cross join site_rules
where
    list_contains(site_rules.office_codes, upper(account_dates.department))
    or has_word(account_dates.department, site_rules.office_words)
