package when

import (
	"bytes"
	"strconv"
	"time"
)

// Bare numbers are times only between these two, so that counts, durations and
// the years and days of a calendar are not taken for them.
var (
	earliestBare = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latestBare   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// parseNumber reads a trimmed cell that is a bare number as a time, under a header
// that says it is one: Unix time in seconds (with decimals or not),
// milliseconds, microseconds or nanoseconds, digits such as 20260102 or 202601,
// or a spreadsheet's day number. Which of them follows from the magnitude.
func parseNumber(cell []byte, hint Hint, loc *time.Location) (micros int64, ok bool) {
	whole, decimals, pointed := bytes.Cut(cell, []byte{'.'})
	if pointed && !allDigits(decimals) || !allDigits(whole) || len(whole) > 19 {
		return 0, false
	}
	value, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil {
		return 0, false
	}
	if layout := digitLayout(len(whole), hint); layout != "" && !pointed {
		at, err := time.ParseInLocation(layout, string(whole), loc)
		if err == nil && plausible(at) {
			return at.UnixMicro(), true
		}
	}
	if hint.Serial && len(whole) == 5 {
		return fromSerial(cell, loc)
	}
	at := fromEpoch(value, len(whole))
	if pointed && len(whole) <= 10 {
		fraction, _ := strconv.ParseFloat("0."+string(decimals), 64)
		at = at.Add(time.Duration(fraction * float64(time.Second)))
	}
	return at.UnixMicro(), plausible(at)
}

// digitLayout returns the layout of a date that is written as so many digits.
// Ten digits may also be Unix time, so that they are a date and an hour only
// under a header that speaks of hours.
func digitLayout(digits int, hint Hint) string {
	switch {
	case digits == 6 && hint.Dates:
		return "200601"
	case digits == 8 && hint.Dates:
		return "20060102"
	case digits == 10 && hint.Hourly:
		return "2006010215"
	case digits == 12:
		return "200601021504"
	case digits == 14:
		return "20060102150405"
	}
	return ""
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

// fromEpoch reads Unix time, whose unit follows from its number of digits: from
// 2001 to 2286 it has ten digits in seconds.
func fromEpoch(value int64, digits int) time.Time {
	switch {
	case digits <= 10:
		return time.Unix(value, 0)
	case digits <= 13:
		return time.UnixMilli(value)
	case digits <= 16:
		return time.UnixMicro(value)
	}
	return time.Unix(0, value)
}

// Unix reads a trimmed cell as Unix time in seconds or milliseconds of today, whatever
// its header says.
func Unix(cell []byte) (micros int64, ok bool) {
	if len(cell) != len("1767225600") && len(cell) != len("1767225600000") || !allDigits(cell) {
		return 0, false
	}
	return parseNumber(cell, Hint{}, time.UTC)
}

// fromSerial reads the day number of a spreadsheet, whose day 25569 is the
// beginning of Unix time.
func fromSerial(cell []byte, loc *time.Location) (int64, bool) {
	days, _ := strconv.ParseFloat(string(cell), 64) // of five digits, with decimals or not
	seconds := int64((days - 25569) * 86400)
	wall := time.Unix(seconds, 0).UTC()
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	return at.UnixMicro(), plausible(at)
}

func plausible(at time.Time) bool {
	return !at.Before(earliestBare) && at.Before(latestBare)
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
