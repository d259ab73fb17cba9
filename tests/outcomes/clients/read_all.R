# Run by Debian's R: reads every CSV, SAV, DTA and XPT of a folder of the dataset; prints a line a variable.
#
#   Rscript --vanilla read_all.R FOLDER
#
# reader, file, variable, rows, missing, total, letters, label, words
#   total   sum of numbers; of dates their days and of instants their seconds since 1970-01-01
#   letters characters of all texts
#   words   value labels, number=word joined by |
library(haven)
library(foreign)
options(digits = 17, stringsAsFactors = FALSE)

folder <- commandArgs(trailingOnly = TRUE)[1]
out <- list()

told <- function(reader, file, variable, values, label = "", words = "") {
  if (inherits(values, "POSIXct")) {
    values <- as.numeric(values)
  } else if (inherits(values, "Date")) {
    values <- as.numeric(values)
  } else if (is.factor(values)) {
    values <- as.character(values)
  }
  text <- is.character(values)
  empty <- if (text) is.na(values) | values == "" else is.na(values)
  total <- if (text) 0 else sum(as.numeric(values)[!empty])
  letters <- if (text) sum(nchar(values[!empty], type = "chars")) else 0
  out[[length(out) + 1]] <<- data.frame(
    reader = reader, file = file, variable = variable, rows = length(values), missing = sum(empty),
    total = format(total, digits = 17, scientific = FALSE, trim = TRUE), letters = letters, label = label, words = words
  )
}

label_of <- function(values) {
  found <- attr(values, "label", exact = TRUE)
  if (is.null(found)) "" else found
}

words_of <- function(values) {
  found <- attr(values, "labels", exact = TRUE)
  if (is.null(found)) return("")
  found <- found[order(found)]
  paste(paste(as.integer(found), names(found), sep = "="), collapse = "|")
}

by_haven <- function(reader, pattern, read) {
  for (path in sort(Sys.glob(file.path(folder, pattern)))) {
    data <- read(path)
    for (name in names(data)) {
      plain <- if (inherits(data[[name]], "haven_labelled")) zap_labels(data[[name]]) else data[[name]]
      told(reader, basename(path), name, plain, label_of(data[[name]]), words_of(data[[name]]))
    }
  }
}

by_haven("spss", "spss/*.sav", read_sav)
by_haven("stata", "stata/*.dta", read_dta)
by_haven("sas_v5", "sas_v5/*.xpt", read_xpt)
by_haven("sas_v8", "sas_v8/*.xpt", read_xpt)

codebook <- read.csv(file.path(folder, "codebook.csv"), colClasses = "character", na.strings = character(0), encoding = "UTF-8")
for (file in unique(codebook$file)) {
  data <- read.csv(file.path(folder, file), colClasses = "character", na.strings = character(0), encoding = "UTF-8", check.names = FALSE)
  known <- codebook[codebook$file == file, ]
  stopifnot(identical(names(data), known$column))
  for (i in seq_len(nrow(known))) {
    values <- data[[known$column[i]]]
    kind <- known$type[i]
    blank <- values == ""
    if (kind %in% c("integer", "ratio", "number", "kg", "minutes", "flag")) {
      values <- ifelse(blank, NA, values)
      values <- as.numeric(values)
    } else if (kind == "date") {
      values <- as.Date(ifelse(blank, NA, values))
    } else if (kind == "instant") {
      values <- as.POSIXct(ifelse(blank, NA, values), format = "%Y-%m-%dT%H:%M:%SZ", tz = "UTC")
    }
    told("csv", file, known$column[i], values, known$label[i])
  }
}

# The second family of readers, older than haven and written by others: rows, and the sums of plain numbers.
for (path in sort(Sys.glob(file.path(folder, "sas_v5/*.xpt")))) {
  data <- read.xport(path)
  for (name in names(data)) told("foreign_xport", basename(path), name, data[[name]])
}
for (path in sort(Sys.glob(file.path(folder, "spss/*.sav")))) {
  data <- suppressWarnings(read.spss(path, to.data.frame = TRUE, use.value.labels = FALSE, reencode = "UTF-8"))
  labels <- attr(data, "variable.labels")
  for (name in names(data)) told("foreign_spss", basename(path), name, data[[name]], if (is.na(labels[name])) "" else labels[[name]])
}

write.csv(do.call(rbind, out), row.names = FALSE, fileEncoding = "UTF-8")
