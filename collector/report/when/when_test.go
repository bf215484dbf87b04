package when

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// strongLayouts are dates under any header.
var strongLayouts = []string{
	time.RFC3339, time.RFC3339Nano, time.DateTime, time.DateOnly, time.RFC1123, time.RFC1123Z, time.ANSIC, time.UnixDate,
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02 15:04", "2006-01-02 15:04:05.000000", "2006-01-02 15:04:05,000",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05.000 -0700", "2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05.999999999 -0700 MST", "20060102T150405Z0700", "20060102T1504", "2006/01/02", "2006/1/2", "2006/01/02 15:04:05",
	"2006.01.02", "2006-Jan-02", "2006 January 02", "02.01.2006", "2.1.2006 15:04", "02.01.2006, 15:04:05", "02 Jan 2006", "2 January 2006 15:04:05",
	"02-Jan-2006", "02Jan2006", "02/Jan/2006:15:04:05 -0700", "Jan 2, 2006", "January 2, 2006", "Jan 2, 2006 3:04:05 PM", "Jan 2, 2006, 3:04 PM", "Monday, January 2, 2006",
	"2006-01", "2006/01", "Jan 2006", "January 2006", "01/2006", "2006-01-02Z07:00",
}

// TestDatesAreReadAsTimeParseReadsThem formats moments in each layout and reads
// them back in both ways.
func TestDatesAreReadAsTimeParseReadsThem(t *testing.T) {
	loc := zoneOf(t, "America/New_York")
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(strongLayouts).Draw(t, "layout")
		seconds := rapid.Int64Range(time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2100, 12, 1, 0, 0, 0, 0, time.UTC).Unix()).Draw(t, "seconds")
		nanos := rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")
		// UTC, as the abbreviations of other zones are ambiguous.
		text := time.Unix(seconds, nanos).UTC().Format(layout)
		want, err := time.ParseInLocation(layout, text, loc)
		if err != nil {
			t.Fatal(err)
		}
		got := parse([]byte(text), loc)
		if !got.ok || got.weak || got.either || got.micros != want.UnixMicro() {
			t.Fatalf("%q (%s) is %+v, and should be %d", text, layout, got, want.UnixMicro())
		}
	})
}

func TestTextThatIsNotADate(t *testing.T) {
	for _, text := range []string{
		"", "x", "2026", "202601", "20260102", "1767225600", "2026-13", "2026-02-30", "2025-02-29", "2026-00-01", "2026-01-00", "0000-00-00",
		"2026-01-02T25:00", "2026-01-02 10:60", "2026-01-02T", "2026-01-02,", "2026-01-02x", "2026-01-02 10:00 XYZ", "2026-01-02 10:00:00.",
		"2026-01-1201", "2026-01-02-01", "2026-001", "31.02.2026", "10.20.30", "1.2.3.4", "192.168.1.10", "12:30", "12:30:45", "10:00 PM",
		"Jan 32, 2026", "May", "May 5", "March", "Decision 2026", "12/34/5678", "123-45-6789", "+14155550100", "1-800-555-0100", "2026-W54", "2026-W01-8",
		"Q5 2026", "2026 Q0", "Q1", "Q1 26", "2026年", "2026年13月", "2026年1月2", "2026-01-02/x", "2026-01-02 - x", "jui 2026", "v2026.01.02", "01.1234", "01.0001", "2026-01-02 13:00 PM", "AAA-2026-01",
	} {
		if m := parse([]byte(text), time.UTC); m.ok {
			t.Errorf("%q is taken for %s", text, time.UnixMicro(m.micros).UTC())
		}
	}
}

func TestDatesOfOtherLanguagesAndRangesAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"Januar 2026": "2026-01-01", "2. Januar 2026": "2026-01-02", "26.Sept.2026": "2026-09-26", "26 sept.2026": "2026-09-26", "Mon. 2 Jan 2026": "2026-01-02", "März 2026": "2026-03-01", "2 janv. 2026": "2026-01-02", "14 févr. 2026": "2026-02-14", "1 août 2026": "2026-08-01", "3 juil. 2026": "2026-07-03", "3 juin 2026": "2026-06-03",
		"2 de enero de 2026": "2026-01-02", "marzo de 2026": "2026-03-01", "13 dic 2026": "2026-12-13", "1 set 2026": "2026-09-01", "5 outubro 2026": "2026-10-05", "5 mei 2026": "2026-05-05", "13 gen 2026": "2026-01-13",
		"2026年1月2日": "2026-01-02", "2026年12月": "2026-12-01", "2026년 3월 4일": "2026-03-04",
		"Q1 2026": "2026-01-01", "Q4/2026": "2026-10-01", "2026-Q2": "2026-04-01", "2026 Q3": "2026-07-01",
		"2026-01-01 - 2026-01-07": "2026-01-01", "2026-01-01 00:00:00 to 2026-01-01 00:15:00": "2026-01-01", "1 Jan 2026 – 7 Jan 2026": "2026-01-01", "2026-05-01 00:00:00\u00a0to 2026-05-01 00:15:00": "2026-05-01",
		"2026-05-01 10:00:00 -0700 PDT": "2026-05-01T17:00:00Z", "2026-05-01 10:00:00 +0530 IST": "2026-05-01T04:30:00Z",
	} {
		layout := time.DateOnly
		if len(want) > len(layout) {
			layout = time.RFC3339
		}
		at, err := time.Parse(layout, want)
		if err != nil {
			t.Fatal(err)
		}
		if m := parse([]byte(text), time.UTC); !m.ok || m.weak || m.micros != at.UnixMicro() {
			t.Errorf("%q is %+v, want %s", text, m, want)
		}
	}
}

func TestAFewCellsUnderATimeHeaderMayBeOdd(t *testing.T) {
	for odd, want := range map[int]bool{0: true, 1: true, 2: false} {
		for _, hint := range []Hint{{}, {Time: true}} {
			s := NewSurvey(&Reader{Hint: hint, Zone: time.UTC}, false)
			for range 20 - odd {
				s.Add([]byte("2026-01-02"), 1)
			}
			for range odd {
				s.Add([]byte("0000-00-00"), 1)
			}
			if _, ok := s.Times(20); ok != (want && (hint.Time || odd == 0)) {
				t.Errorf("%d odd cells under %+v: times is %t", odd, hint, ok)
			}
		}
	}
}

func TestDatesThatNeedAHeaderAreWeak(t *testing.T) {
	for _, text := range []string{"1/2/26", "01-02-26", "Jan-26", "02-Jan-26", "01-2026", "01.2026", "2026-1", "4711-01", "12/3456", "2026.1.2"} {
		if m := parse([]byte(text), time.UTC); !m.ok || !m.weak {
			t.Errorf("%q is %+v", text, m)
		}
	}
}

func TestDatesAtTheEndsOfTheCalendar(t *testing.T) {
	berlin := zoneOf(t, "Europe/Berlin")
	for text, want := range map[string]string{
		"0001-01-01T00:00:00Z":                     "0001-01-01T00:00:00Z",
		"9999-12-31":                               "9999-12-30T23:00:00Z",
		"9999-12-31T23:59:59.999999999Z":           "9999-12-31T23:59:59.999999Z",
		"1969-07-20 20:17:40 UTC":                  "1969-07-20T20:17:40Z",
		"2024-02-29":                               "2024-02-28T23:00:00Z",
		"2000-02-29T12:00:00+01:00":                "2000-02-29T11:00:00Z",
		"2026-12-31T24:00:00Z":                     "2027-01-01T00:00:00Z",
		"2016-12-31T23:59:60Z":                     "2017-01-01T00:00:00Z",
		"2026-03-29 02:30:00":                      time.Date(2026, 3, 29, 2, 30, 0, 0, berlin).UTC().Format(time.RFC3339), // the hour that there is not
		"2026-10-25 02:30:00":                      time.Date(2026, 10, 25, 2, 30, 0, 0, berlin).UTC().Format(time.RFC3339),
		"2026-10-25 02:30:00 CET":                  "2026-10-25T01:30:00Z",
		"2026-07-01 12:00:00 CEST":                 "2026-07-01T10:00:00Z",
		"2026-W01":                                 "2025-12-28T23:00:00Z",
		"2020-W53-7":                               "2021-01-02T23:00:00Z",
		"2026-01-02T03:04:05Z/P1D":                 "",
		"2026-01-02Z/2026-01-03Z":                  "2026-01-02T00:00:00Z",
		"2026-01-02T03:04:05+01:00[Europe/Berlin]": "2026-01-02T02:04:05Z",
		"Fri Jan 02 2026 03:04:05 GMT+0100 (Central European Standard Time)": "2026-01-02T02:04:05Z",
	} {
		m := parse([]byte(text), berlin)
		if got := time.UnixMicro(m.micros).UTC().Format(time.RFC3339Nano); m.ok != (want != "") || m.ok && got != want {
			t.Errorf("%q is %s, %v, and should be %s", text, got, m.ok, want)
		}
	}
}

func TestDatesOfTwoSmallNumbersHaveTwoReadings(t *testing.T) {
	day := func(m, d int) int64 { return time.Date(2026, time.Month(m), d, 0, 0, 0, 0, time.UTC).UnixMicro() }
	for text, want := range map[string]moment{
		"03/04/2026": {micros: day(3, 4), swapped: day(4, 3), either: true, numeric: true, ok: true},
		"3-4-2026":   {micros: day(3, 4), swapped: day(4, 3), either: true, numeric: true, ok: true},
		"13/04/2026": {micros: day(4, 13), order: DayFirst, numeric: true, ok: true},
		"03/14/2026": {micros: day(3, 14), order: MonthFirst, numeric: true, ok: true},
		"05/05/2026": {micros: day(5, 5), swapped: day(5, 5), numeric: true, ok: true},
		"03.04.2026": {micros: day(4, 3), ok: true},
		"13/13/2026": {},
	} {
		if got := parse([]byte(text), time.UTC); got != want {
			t.Errorf("%q is %+v, and should be %+v", text, got, want)
		}
	}
}

func TestBareNumbersAreTimesByTheirMagnitude(t *testing.T) {
	all := Hint{Time: true, Numbers: true, Dates: true, Serial: true}
	hourly := all
	hourly.Hourly = true
	none := Hint{Time: true, Numbers: true}
	for _, c := range []struct {
		text string
		hint Hint
		want string
	}{
		{"1767225600", all, "2026-01-01T00:00:00Z"},
		{"1767225600.25", all, "2026-01-01T00:00:00.25Z"},
		{"1767225600123", all, "2026-01-01T00:00:00.123Z"},
		{"1767225600123456", all, "2026-01-01T00:00:00.123456Z"},
		{"1767225600123456789", all, "2026-01-01T00:00:00.123456Z"},
		{"946684800", all, "2000-01-01T00:00:00Z"},
		{"20260102", all, "2026-01-02T00:00:00Z"},
		{"20260102", none, ""},
		{"202601", all, "2026-01-01T00:00:00Z"},
		{"202613", all, ""},
		{"2026010215", hourly, "2026-01-02T15:00:00Z"},
		{"2026010215", all, "2034-03-15T04:36:55Z"},
		{"202601021504", all, "2026-01-02T15:04:00Z"},
		{"20260102150405", all, "2026-01-02T15:04:05Z"},
		{"46023", all, "2026-01-01T00:00:00Z"},
		{"46023.5", all, "2026-01-01T12:00:00Z"},
		{"46023", none, ""},
		{"5", all, ""},
		{"2026", all, ""},
		{"-1767225600", all, ""},
		{"1.7e9", all, ""},
		{"", all, ""},
		{".", all, ""},
		{"12345678901234567890", all, ""},
		{"9223372036854775807", all, ""},
	} {
		at, ok := parseNumber([]byte(c.text), c.hint, time.UTC)
		if got := time.UnixMicro(at).UTC().Format(time.RFC3339Nano); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%q under %+v is %s, %v, and should be %q", c.text, c.hint, got, ok, c.want)
		}
	}
}

// TestAStampIsReadAsAPartAtATime draws what is nearly a stamp, or one.
func TestAStampIsReadAsAPartAtATime(t *testing.T) {
	zones := []*time.Location{time.UTC, zoneOf(t, "America/New_York")}
	pick := func(t *rapid.T, name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	for _, text := range []string{"2026-01-02", "2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05"} {
		if _, ok := parseStamp([]byte(text), time.UTC); !ok {
			t.Errorf("%s is not a stamp", text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string, most int) string { return fmt.Sprintf("%02d", rapid.IntRange(0, most).Draw(t, name)) }
		text := fmt.Sprintf("%04d-%s-%s", rapid.IntRange(0, 9999).Draw(t, "year"), number("month", 13), number("day", 32))
		if rapid.Bool().Draw(t, "clock") {
			text += pick(t, "separator", "T", " ", "t", ":", "x") + number("hour", 25) + ":" + number("minute", 60) + ":" + number("second", 61)
			text += pick(t, "decimals", "", ".", ".0", ".5", ".123", ".123456", ".9999999", ".123456789", ".1234567891", ".x", ",5")
		}
		text += pick(t, "zone", "", "", "Z", " ", "z", " UTC", "+01:00", "Z ", "ZZ")
		if i := rapid.IntRange(0, 5*len(text)).Draw(t, "place"); i < len(text) {
			text = text[:i] + pick(t, "byte", "a", "/", ":", " ", "-", "\xff", "") + text[i+1:]
		}
		for _, loc := range zones {
			got, ok := parseStamp([]byte(text), loc)
			if want := (moment{micros: got, ok: true}); ok && parseParts([]byte(text), loc) != want {
				t.Fatalf("%q is %+v, and should be %+v", text, want, parseParts([]byte(text), loc))
			}
		}
	})
}

func TestARepeatedTimeCountsAsOften(t *testing.T) {
	s := NewSurvey(&Reader{Hint: Hint{Time: true}, Zone: time.UTC}, false)
	cells := []string{"2026-01-02", "2026-01-02", "2026-01-02", "23/04/2026", "23/04/2026", "1/3/26", "1/3/26"}
	for _, cell := range cells {
		s.Add([]byte(cell), 1)
	}
	if _, ok := s.Times(len(cells)); !ok || s.Order() != DayFirst {
		t.Errorf("times %v, order %d", ok, s.Order())
	}
}

func FuzzTime(f *testing.F) {
	for i, layout := range strongLayouts {
		f.Add(time.Unix(int64(i)*1e8, 123456789).UTC().Format(layout))
	}
	f.Add("1/2/26")
	f.Add("2026-01-01/2026-01-02")
	f.Add("Fri Jan 02 2026 03:04:05 GMT+0100 (x)")
	first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), time.Date(10000, 1, 3, 0, 0, 0, 0, time.UTC).UnixMicro()
	f.Fuzz(func(t *testing.T, text string) {
		m := parse([]byte(text), time.UTC)
		if slow := parseParts([]byte(text), time.UTC); m != slow {
			t.Errorf("%q is %+v, and should be %+v", text, m, slow)
		}
		if !m.ok && m != (moment{}) {
			t.Errorf("%q is not a time, and %+v", text, m)
		}
		if m.ok && (m.micros < first || m.micros > last || m.either && m.micros == m.swapped) {
			t.Errorf("%q is %+v", text, m)
		}
		if at, ok := parseNumber([]byte(text), Hint{Numbers: true, Dates: true, Serial: true}, time.UTC); ok && (at < earliestBare.UnixMicro() || at > latestBare.UnixMicro() || at == math.MinInt64) {
			t.Errorf("%q is %d as a number", text, at)
		}
	})
}
