-- reads  account_dates
-- gives  authorised_offices: the departments whose task is the records of the whole hospital: medical records and coding,
--        quality control, insurance, infection control, billing, statistics
-- why    they are "authorised" in the sense of 医疗机构病历管理规定 2013 art. 15; their reading needs no relation to the
--        patient, but a search by phone, a contact page alone or an export still does
select distinct department
from account_dates
where
    list_contains(
        ['QC', 'QA', 'MRD', 'HIM', 'HIMS', 'MR', 'INS', 'MI', 'INF', 'IPC', 'IC', 'BILL', 'BILLING', 'FIN', 'STAT', 'AUDIT', 'UR'],
        upper(department)
    )
    or regexp_matches(
        department,
        '质控|质量|病案|病历|编码|医保|保险|院感|感染管理|感控|收费|财务|结算|统计|审计|医务'
    )
    or regexp_matches(
        lower(department),
        'quality|medical record|coding|insurance|infection control|billing|finance|statistic|audit|utili[sz]ation'
    )
