-- gives  relation_names: the relations between account and patient, strongest first; without_care = no ground for an access
select *
from (
    values
    (1::tinyint, 'care_team', false),
    (2::tinyint, 'inpatient', false),
    (3::tinyint, 'visit_today', false),
    (4::tinyint, 'admission_soon', false),
    (5::tinyint, 'family_inpatient', false),
    (6::tinyint, 'discharged_3', false),
    (7::tinyint, 'discharged_7', false),
    (8::tinyint, 'visited_7', true),
    (9::tinyint, 'discharged_14', true),
    (10::tinyint, 'discharged_30', true),
    (11::tinyint, 'visited_30', true),
    (12::tinyint, 'inpatient_elsewhere', true),
    (13::tinyint, 'visit_elsewhere', true),
    (14::tinyint, 'elsewhere_7', true),
    (15::tinyint, 'elsewhere_30', true),
    (16::tinyint, 'former', true),
    (17::tinyint, 'former_elsewhere', true),
    (18::tinyint, 'stranger', true),
    (19::tinyint, 'follow_up', false),
    (20::tinyint, 'office_task', false)
) as names(rank, relation, without_care)
