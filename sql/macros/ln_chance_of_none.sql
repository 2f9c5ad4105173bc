-- gives  ln_chance_of_none(mean, variance): the logarithm of the chance of no event where their number has this mean and
--          variance: negative binomial, binomial where the variance is the smaller one, Poisson where they are equal
create or replace temp macro ln_chance_of_none(mean, variance) as
case
    when abs(variance / mean - 1) < 1e-6 then -mean
    else mean * mean / (mean - variance) * ln(variance / mean)
end;
