# The report's tables from the CSV files of this dataset alone. R 4.0 or later, no packages.
#
#   Rscript analysis.R [FOLDER] > results.csv
#
# One line a figure: table, arm, visit, instrument, variable, figure, value. Everybody randomised, as randomised.
#   baseline  mean, SD, quartiles (type 7), counts and shares of those known, missing; no p-values
#   visits    scores and changes by arm and visit; response and remission with the people for whom they are defined
#   adjusted  the primary outcome: lm(score ~ baseline score + factors of the stratification + arm), people with both scores
#   adjusted_complete  the same over complete cases: people with a score of the questionnaire at every visit that asks it
#   unadjusted  lm(score ~ arm), people with the primary score
#   effect    Hedges' g against the reference arm, variance as Borenstein et al. 2009, chapter 4
#   risk      differences with Wald's and Newcombe's (1998, method 10) intervals; ratios on the log scale; number needed to treat
#   effect_complete, risk_complete  the same over complete cases

# settings: begin
ARMS <- c("RET", "WL")
REFERENCE <- "WL"
PRIMARY <- c("week8", "gad7")
FACTORS <- c("site", "sex")
BASELINE_VISIT <- "baseline"
FORM_VISITS <- c("baseline", "week8")
FORM_INSTRUMENTS <- c("gad7", "gad7")
NUMBERS <- c("mass_kg")
CHOICES <- c("education")
# settings: end

options(stringsAsFactors = FALSE)
given <- commandArgs(trailingOnly = TRUE)
folder <- if (length(given)) given[1] else "."
Z <- qnorm(0.975)

table_of <- function(file) {
  read.csv(file.path(folder, file), colClasses = "character", na.strings = "", encoding = "UTF-8", check.names = FALSE)
}

people <- table_of("participant.csv")
people <- people[!is.na(people$itt) & people$itt == "1", ]
told <- table_of("baseline.csv")
forms <- table_of("assessment.csv")
for (name in c("total_unrounded", "change_from_baseline", "response", "remission")) forms[[name]] <- as.numeric(forms[[name]])

lines <- list()
line <- function(table, arm, visit, instrument, variable, figure, value) {
  if (length(value) == 0 || is.na(value)) return(invisible())
  lines[[length(lines) + 1]] <<- data.frame(
    table, arm, visit, instrument, variable, figure, value = format(value, digits = 15, scientific = FALSE, trim = TRUE)
  )
}

spread <- function(table, arm, visit, instrument, variable, values) {
  values <- values[!is.na(values)]
  line(table, arm, visit, instrument, variable, "n", length(values))
  if (!length(values)) return(invisible())
  line(table, arm, visit, instrument, variable, "mean", mean(values))
  line(table, arm, visit, instrument, variable, "sd", sd(values))
  for (i in 1:3) {
    line(table, arm, visit, instrument, variable, c("p25", "median", "p75")[i], quantile(values, i / 4, names = FALSE, type = 7))
  }
}

numbers <- function(arm, variable, values) {
  values <- suppressWarnings(as.numeric(values))
  spread("baseline", arm, "", "", variable, values)
  line("baseline", arm, "", "", variable, "missing", sum(is.na(values)))
}

counts <- function(arm, variable, values) {
  known <- values[!is.na(values)]
  for (word in sort(unique(known), method = "radix")) {
    line("baseline", arm, "", "", paste0(variable, "=", word), "count", sum(known == word))
    line("baseline", arm, "", "", paste0(variable, "=", word), "share", mean(known == word))
  }
  line("baseline", arm, "", "", variable, "missing", sum(is.na(values)))
}

of <- function(ids, visit, instrument, column) {
  mine <- forms[forms$visit == visit & forms$instrument == instrument, ]
  mine[[column]][match(ids, mine$trial_id)]
}

ids_of <- function(arm, counted = people) counted$trial_id[counted$arm == arm]

complete_of <- function(instrument) {
  known <- rep(TRUE, nrow(people))
  for (visit in FORM_VISITS[FORM_INSTRUMENTS == instrument]) {
    known <- known & !is.na(of(people$trial_id, visit, instrument, "total_unrounded"))
  }
  people[known, ]
}

# baseline
present <- people[is.na(people$withdrawn_scope) | people$withdrawn_scope != "all", ]
age_is_a_number <- !anyNA(suppressWarnings(as.numeric(present$age[!is.na(present$age)])))
for (arm in ARMS) {
  mine <- present[present$arm == arm, ]
  value_of <- function(variable) {
    known <- told[told$variable == variable, ]
    known$value[match(mine$trial_id, known$trial_id)]
  }
  line("baseline", arm, "", "", "", "people", nrow(mine))
  if (age_is_a_number) numbers(arm, "age", mine$age) else counts(arm, "age", mine$age)
  counts(arm, "sex", mine$sex)
  for (variable in NUMBERS) numbers(arm, variable, value_of(variable))
  for (variable in CHOICES) counts(arm, variable, value_of(variable))
  for (instrument in FORM_INSTRUMENTS[FORM_VISITS == BASELINE_VISIT]) {
    totals <- of(mine$trial_id, BASELINE_VISIT, instrument, "total_unrounded")
    spread("baseline", arm, BASELINE_VISIT, instrument, "total", totals)
    line("baseline", arm, BASELINE_VISIT, instrument, "total", "missing", sum(is.na(totals)))
  }
}

# visits
for (arm in ARMS) {
  for (i in seq_along(FORM_VISITS)) {
    visit <- FORM_VISITS[i]
    instrument <- FORM_INSTRUMENTS[i]
    spread("visits", arm, visit, instrument, "total", of(ids_of(arm), visit, instrument, "total_unrounded"))
    spread("visits", arm, visit, instrument, "change", of(ids_of(arm), visit, instrument, "change_from_baseline"))
    for (rate in c("response", "remission")) {
      flags <- of(ids_of(arm), visit, instrument, rate)
      line("visits", arm, visit, instrument, rate, "count", sum(flags, na.rm = TRUE))
      line("visits", arm, visit, instrument, rate, "base", sum(!is.na(flags)))
    }
  }
}

# adjusted
difference <- function(table, counted, visit, instrument, adjusting) {
  data <- data.frame(score = of(counted$trial_id, visit, instrument, "total_unrounded"))
  terms <- character(0)
  if (adjusting) {
    data$before <- data$score - of(counted$trial_id, visit, instrument, "change_from_baseline")
    terms <- "before"
    parts <- strsplit(ifelse(is.na(counted$stratum), "", counted$stratum), "|", fixed = TRUE)
    for (factor_name in FACTORS) {
      level <- vapply(parts, function(part) {
        mine <- part[startsWith(part, paste0(factor_name, "="))]
        if (length(mine)) substring(mine[1], nchar(factor_name) + 2) else NA_character_
      }, "")
      level[!is.na(level) & level == ""] <- NA
      if (all(is.na(level))) next
      name <- paste0("factor_", factor_name)
      data[[name]] <- level
      terms <- c(terms, name)
    }
  }
  data$arm <- counted$arm
  data <- data[complete.cases(data), ]
  arms <- ARMS[ARMS %in% data$arm]
  if (length(arms) < 2 || !(REFERENCE %in% arms)) return(invisible())
  data$arm <- factor(data$arm, levels = c(REFERENCE, setdiff(arms, REFERENCE)))
  for (name in setdiff(terms, "before")) {
    if (length(unique(data[[name]])) < 2) terms <- setdiff(terms, name)
  }
  fit <- lm(as.formula(paste("score ~", paste(c(sprintf("`%s`", terms), "arm"), collapse = " + "))), data = data)
  if (df.residual(fit) < 1 || anyNA(coef(fit)[paste0("arm", setdiff(arms, REFERENCE))])) return(invisible())
  line(table, "", visit, instrument, "", "n", nrow(data))
  for (arm in arms) {
    everybody <- data
    everybody$arm <- factor(arm, levels = levels(data$arm))
    line(table, arm, visit, instrument, "mean", "estimate", mean(suppressWarnings(predict(fit, everybody))))
  }
  for (arm in setdiff(arms, REFERENCE)) {
    found <- summary(fit)$coefficients[paste0("arm", arm), ]
    half <- qt(0.975, df.residual(fit)) * found[["Std. Error"]]
    line(table, arm, visit, instrument, "difference", "estimate", found[["Estimate"]])
    line(table, arm, visit, instrument, "difference", "se", found[["Std. Error"]])
    line(table, arm, visit, instrument, "difference", "low", found[["Estimate"]] - half)
    line(table, arm, visit, instrument, "difference", "high", found[["Estimate"]] + half)
    line(table, arm, visit, instrument, "difference", "p", found[["Pr(>|t|)"]])
  }
}
if (length(PRIMARY)) {
  difference("adjusted", people, PRIMARY[1], PRIMARY[2], TRUE)
  difference("adjusted_complete", complete_of(PRIMARY[2]), PRIMARY[1], PRIMARY[2], TRUE)
  difference("unadjusted", people, PRIMARY[1], PRIMARY[2], FALSE)
}

# effect
hedges_g <- function(one, two) {
  n <- c(length(one), length(two))
  df <- sum(n) - 2
  d <- (mean(one) - mean(two)) / sqrt(((n[1] - 1) * var(one) + (n[2] - 1) * var(two)) / df)
  j <- 1 - 3 / (4 * df - 1)
  se <- sqrt(j^2 * (sum(n) / prod(n) + d^2 / (2 * sum(n))))
  c(d = d, estimate = j * d, se = se, low = j * d - Z * se, high = j * d + Z * se)
}

# risk
wilson <- function(x, n) {
  p <- x / n
  centre <- (p + Z^2 / (2 * n)) / (1 + Z^2 / n)
  half <- Z * sqrt(p * (1 - p) / n + Z^2 / (4 * n^2)) / (1 + Z^2 / n)
  c(max(0, centre - half), min(1, centre + half))
}

# 1 / difference of risks; where its interval holds 0 the numbers go through infinity, and the side of the estimate is kept.
needed <- function(estimate, low, high) {
  number <- if (estimate == 0) Inf else 1 / estimate
  if (low > 0 || high < 0) return(list(nnt = number, nnt_low = 1 / high, nnt_high = 1 / low))
  if (estimate >= 0) return(list(nnt = number, nnt_low = if (high == 0) Inf else 1 / high, nnt_high = Inf))
  list(nnt = number, nnt_low = -Inf, nnt_high = 1 / low)
}

risk <- function(a, n1, c, n2) {
  p <- a / n1
  q <- c / n2
  half <- Z * sqrt(p * (1 - p) / n1 + q * (1 - q) / n2)
  w1 <- wilson(a, n1)
  w2 <- wilson(c, n2)
  found <- list(
    difference = p - q, wald_low = p - q - half, wald_high = p - q + half,
    newcombe_low = p - q - sqrt((p - w1[1])^2 + (w2[2] - q)^2), newcombe_high = p - q + sqrt((w1[2] - p)^2 + (q - w2[1])^2)
  )
  found <- base::c(found, needed((a * n2 - c * n1) / (n1 * n2), found$wald_low, found$wald_high))
  if (a > 0 && c > 0) {
    half <- Z * sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)
    found <- base::c(found, risk_ratio = p / q, risk_ratio_low = p / q * exp(-half), risk_ratio_high = p / q * exp(half))
    if (a < n1 && c < n2) {
      odds <- a * (n2 - c) / ((n1 - a) * c)
      half <- Z * sqrt(1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c))
      found <- base::c(found, odds_ratio = odds, odds_ratio_low = odds * exp(-half), odds_ratio_high = odds * exp(half))
    }
  }
  found
}

compared <- function(suffix) {
  for (arm in setdiff(ARMS, REFERENCE)) {
    for (i in which(FORM_VISITS != BASELINE_VISIT)) {
      visit <- FORM_VISITS[i]
      instrument <- FORM_INSTRUMENTS[i]
      counted <- if (suffix == "") people else complete_of(instrument)
      one <- na.omit(of(ids_of(arm, counted), visit, instrument, "total_unrounded"))
      two <- na.omit(of(ids_of(REFERENCE, counted), visit, instrument, "total_unrounded"))
      if (length(one) > 1 && length(two) > 1 && (sd(one) > 0 || sd(two) > 0)) {
        found <- hedges_g(one, two)
        for (name in names(found)) line(paste0("effect", suffix), arm, visit, instrument, "hedges_g", name, found[[name]])
      }
      for (rate in c("response", "remission")) {
        mine <- na.omit(of(ids_of(arm, counted), visit, instrument, rate))
        other <- na.omit(of(ids_of(REFERENCE, counted), visit, instrument, rate))
        if (length(mine) && length(other)) {
          found <- risk(sum(mine), length(mine), sum(other), length(other))
          for (name in names(found)) line(paste0("risk", suffix), arm, visit, instrument, rate, name, found[[name]])
        }
      }
    }
  }
}
for (suffix in c("", "_complete")) compared(suffix)

write.csv(do.call(rbind, lines), row.names = FALSE, quote = TRUE, fileEncoding = "UTF-8")
