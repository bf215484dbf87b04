package when

import "time"

// parseStamp reads the times that nearly all reports have: 2026-01-02, alone or
// with T or a space, 03:04:05, decimals or not, and Z or +00:00; in UTC these may
// lack. It is a fast path: parseParts reads the same, and all the rest.
func parseStamp(cell []byte, loc *time.Location) (micros int64, ok bool) {
	const date, clock = len("2006-01-02"), len("T15:04:05")
	if len(cell) < date || cell[4] != '-' || cell[7] != '-' {
		return 0, false
	}
	century, years, month, day := pair(cell), pair(cell[2:]), pair(cell[5:]), pair(cell[8:])
	year := century*100 + years
	if century > 99 || years > 99 || year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	rest := cell[date:]
	switch n := len(rest); {
	case n > clock && rest[n-1] == 'Z':
		rest = rest[:n-1]
	case n > clock+5 && string(rest[n-6:]) == "+00:00":
		rest = rest[:n-6]
	case loc != time.UTC:
		return 0, false
	}
	midnight := int64(daysTo(year, month, day)) * 86400e6
	if len(rest) == 0 {
		return midnight, true
	}
	if len(rest) < clock || rest[0] != 'T' && rest[0] != ' ' || rest[3] != ':' || rest[6] != ':' {
		return 0, false
	}
	hour, minute, second, nanos := pair(rest[1:]), pair(rest[4:]), pair(rest[7:]), 0
	if rest = rest[clock:]; len(rest) > 0 {
		digits := 0
		if nanos, digits = decimals(rest[1:]); rest[0] != '.' || digits == 0 || len(rest) > 1+digits {
			return 0, false
		}
	}
	if hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	return midnight + int64(hour*3600+minute*60+second)*1e6 + int64(nanos/1000), true
}

// daysTo counts the days from 1 January 1970 to a date, as time.Date does more slowly.
// Its years begin in March, so that a leap day is the last of its year.
func daysTo(year, month, day int) int {
	if month < 3 {
		year, month = year-1, month+12
	}
	return year*365 + year/4 - year/100 + year/400 + (month*153-457)/5 + day - 719469
}

// pair reads two digits. Anything else is more than 99.
func pair(text []byte) int {
	tens, ones := text[0]-'0', text[1]-'0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return int(tens)*10 + int(ones)
}
