package report

import "time"

// parseStamp reads the times that nearly all reports have: 2026-01-02, alone or
// with T or a space, 03:04:05, decimals or not, and Z or +00:00; in UTC these may
// lack. It says nothing of other cells: they are for readMoment.
func parseStamp(cell []byte, loc *time.Location) (micros int64, ok bool) {
	const date, clock = len("2006-01-02"), len("T15:04:05")
	if len(cell) < date || cell[4] != '-' || cell[7] != '-' {
		return 0, false
	}
	century, year, month, day := pair(cell), pair(cell[2:]), pair(cell[5:]), pair(cell[8:])
	if century > 99 || year > 99 || century+year == 0 || month < 1 || month > 12 || day < 1 || day > daysOf(month) {
		return 0, false
	}
	seconds := daysUntil(int(century*100+year), int(month), int(day)) * 86400
	rest := cell[date:]
	switch n := len(rest); {
	case n > clock && rest[n-1] == 'Z':
		rest = rest[:n-1]
	case n > clock+5 && string(rest[n-6:]) == "+00:00":
		rest = rest[:n-6]
	case loc != time.UTC:
		return 0, false
	}
	if len(rest) == 0 {
		return seconds * 1e6, true
	}
	if len(rest) < clock || rest[0] != 'T' && rest[0] != ' ' || rest[3] != ':' || rest[6] != ':' {
		return 0, false
	}
	hour, minute, second := pair(rest[1:]), pair(rest[4:]), pair(rest[7:])
	fraction, ok := microseconds(rest[clock:])
	if hour > 23 || minute > 59 || second > 60 || !ok {
		return 0, false
	}
	return (seconds+int64(hour*3600+minute*60+second))*1e6 + fraction, true
}

// pair reads two digits. What is none makes more than 99.
func pair(text []byte) uint {
	tens, ones := uint(text[0])-'0', uint(text[1])-'0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return tens*10 + ones
}

// daysOf returns how many days a month has in every year.
func daysOf(month uint) uint {
	switch month {
	case 2:
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// microseconds reads the decimals of a second, of which there may be none.
func microseconds(text []byte) (micros int64, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != '.' || len(text) == 1 || len(text) > len(".123456789") {
		return 0, false
	}
	unit := int64(100_000)
	for _, c := range text[1:] {
		if !isDigit(c) {
			return 0, false
		}
		micros += int64(c-'0') * unit
		unit /= 10
	}
	return micros, true
}

// daysUntil counts the days from the beginning of Unix time to a date, with years
// that begin in March, so that the leap day is the last of its year.
func daysUntil(year, month, day int) int64 {
	month -= 3
	if month < 0 {
		month += 12
		year--
	}
	inYears := year*365 + year/4 - year/100 + year/400
	inMonths := (month*153 + 2) / 5 // 31, 30, 31, 30, 31 from March on, and again
	return int64(inYears + inMonths + day - 1 - 719468)
}
