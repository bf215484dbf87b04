package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func rolesOf(m *Mapping) string {
	var roles []string
	for _, c := range m.Columns {
		roles = append(roles, c.Name+":"+roleOf(c))
	}
	return strings.Join(roles, " ")
}

func expectRoles(t *testing.T, r *Report, want string) {
	t.Helper()
	if got := rolesOf(r.Mapping); got != want {
		t.Errorf("%s, and should be %s", got, want)
	}
}

// TestRolesAreKeptWhileTheHeaderStaysTheSame reads reports in turn, each under the mapping
// of the one before.
func TestRolesAreKeptWhileTheHeaderStaysTheSame(t *testing.T) {
	const kept = "svc,cost,day\na,1,2026-01-01\n"
	for _, c := range []struct {
		name, reports, roles, sums string
		changes                    []string
		skipped                    Skipped
	}{
		{"other cells", kept + "|svc,cost,day\n7,oops,soon\n8,2,2026-01-02\n", "svc:label cost:value sum day:time primary", `cost["8"]=2`, nil, Skipped{NotANumber: 1, NotATime: 1}},
		{"another column", kept + "|svc,cost,day,note\n7,oops,soon,x\n", "svc:value sum cost:label day:label note:label", `svc["oops" "soon" "x"]=7`, []string{"svc", "cost", "day", "note"}, Skipped{}},
		{"other places", "name,cost,rate,day\na,1,5%,2026-01-01\n|day,rate,name,cost\n2026-01-02,7,9,3\n", "day:time primary rate:value mean name:label cost:value sum", `rate["9"]=7 cost["9"]=3`, nil, Skipped{}},
		{"another name", "svc,cost\na,1\n|svc,price\n5,x\n", "svc:value sum price:label", `svc["x"]=5`, []string{"svc", "price", "cost"}, Skipped{}},
		{"another delimiter", "n;v\na;1,5\n|n,v\na,\"1,500.5\"\n", "n:label v:value sum", `v["a"]=1500.5`, nil, Skipped{}},
		{"repeated headers", "cost,cost,cost_2\n1,x,3\n|cost,cost,cost_2\n1,2,y\n", "cost:value sum cost_3:label cost_2:value sum", `cost["2"]=1`, nil, Skipped{NotANumber: 1}},
		{"the first cells", "name,cost,day\na,,-\n|name,cost,day\n5,2,2026-01-01\n", "name:label cost:value sum day:time primary", `cost["5"]=2`, []string{"cost", "day"}, Skipped{}},
		{"no cells any more", "name,cost,day\na,,-\n|name,cost,day\n5,2,2026-01-01\n|name,cost,day\n5,,\n", "name:label cost:value sum day:time primary", "", nil, Skipped{}},
	} {
		var last, before *Report
		for _, text := range strings.Split(c.reports, "|") {
			var known []*Mapping
			if before = last; before != nil {
				known = append(known, before.Mapping)
			}
			last = mustRead(t, text, DefaultOptions(), known...)
		}
		t.Log(c.name)
		expectRoles(t, last, c.roles)
		if got, changes := summary(last), last.Mapping.Changes(before.Mapping); got != c.sums || !slices.Equal(changes, c.changes) || last.Skipped != c.skipped {
			t.Errorf("%s, changes %q, %+v; %s, %q and %+v are right", got, changes, last.Skipped, c.sums, c.changes, c.skipped)
		}
	}
}

func TestConfiguredColumnsAreReadAsTheyAreConfigured(t *testing.T) {
	opts := DefaultOptions()
	opts.Decimal = DecimalPoint
	opts.Columns = map[string]ColumnOptions{
		"name": {Role: RoleLabel, Name: "event"}, "cost": {Role: RoleValue, Aggregate: AggregateMax}, "id": {Role: RoleIgnore},
	}
	r := mustRead(t, "name,cost,id\na,1,2\n", opts)
	if summary(r) != `cost["a"]=1` || r.LabelNames[0] != "event" {
		t.Errorf("%s, %v", summary(r), r.LabelNames)
	}
}

func TestWhatWasConfiguredIsForgottenWithItsConfiguration(t *testing.T) {
	configured := DefaultOptions()
	configured.Columns = map[string]ColumnOptions{
		"cost": {Role: RoleLabel}, "price": {Role: RoleValue, Aggregate: AggregateMax}, "b": {Role: RoleTime, Primary: true},
	}
	const text = "cost,price,a,b\n1,2,2026-01-01,2026-01-05\n1,3,2026-01-02,2026-01-05\n"
	first := mustRead(t, text, configured)
	expectRoles(t, first, "cost:label price:value max a:time b:time primary")
	plain := mustRead(t, text, DefaultOptions(), first.Mapping)
	expectRoles(t, plain, "cost:value sum price:value mean a:time primary b:time")
	again := mustRead(t, text, configured, plain.Mapping)
	expectRoles(t, again, "cost:label price:value max a:time b:time primary")
	if !again.Newest.Equal(first.Newest) {
		t.Errorf("newest %v and %v", again.Newest, first.Newest)
	}
}

func TestAConfiguredTimeWithABadCellStillCountsForThePrimary(t *testing.T) {
	opts := DefaultOptions()
	opts.Columns = map[string]ColumnOptions{"a": {Role: RoleTime}, "b": {Role: RoleTime}}
	r := mustRead(t, "a,b,c\n2026-01-01,2026-01-01,1\n2026-01-02,2026-01-01,1\nsoon,2026-01-02,1\n2026-01-03,2026-01-02,1\n", opts)
	expectRoles(t, r, "a:time primary b:time c:value sum")
	if r.Skipped.NotATime != 1 || r.Metrics[0].Total != 4 {
		t.Errorf("%+v, total %v", r.Skipped, r.Metrics[0].Total)
	}
}

func TestTheOrderOfDatesIsLookedForUntilACellTells(t *testing.T) {
	first := mustRead(t, "date,cost\n03/04/2026,1\n", DefaultOptions())
	if got := first.Newest.Format("Jan 2"); got != "Mar 4" {
		t.Errorf("%s", got)
	}
	second := mustRead(t, "date,cost\n13/04/2026,1\n05/04/2026,1\n", DefaultOptions(), first.Mapping)
	if got := second.Newest.Format("Jan 2"); got != "Apr 13" {
		t.Error(got)
	}
	third := mustRead(t, "date,cost\n03/05/2026,1\n", DefaultOptions(), second.Mapping)
	if got := third.Newest.Format("Jan 2"); got != "May 3" {
		t.Error(got)
	}
	for _, c := range third.Mapping.Columns {
		if strings.Contains(c.Why, "taken to stand") {
			t.Errorf("%s: %s", c.Name, c.Why)
		}
	}
}

func TestTheDayStandsFirstWhereTheReportLooksLikeIt(t *testing.T) {
	for text, want := range map[string]string{
		"date,cost\n03/04/2026,1\n":                               "Mar 4",
		"date;cost\n03/04/2026;1\n":                               "Apr 3",
		"Fecha,cost\n03/04/2026,1\n":                              "Apr 3",
		"date,due,cost\n03/04/2026,28/02/2026,1\n":                "Apr 3",
		"date;due;cost\n03/04/2026;02/28/2026;1\n":                "Mar 4",
		"date,due,seen at,cost\n3/4/2026,2/28/2026,28/2/2026,1\n": "Mar 4",
	} {
		opts := DefaultOptions()
		header, _, _ := strings.Cut(text, "\n")
		opts.Columns = map[string]ColumnOptions{header[:strings.IndexAny(header, ",;")]: {Role: RoleTime, Primary: true}}
		r := mustRead(t, text, opts)
		if got := r.Newest.Format("Jan 2"); got != want {
			t.Errorf("%q: %s, and should be %s", text, got, want)
		}
	}
}

func TestTheDecimalSign(t *testing.T) {
	for _, c := range []struct {
		text    string
		decimal Decimal
		want    string
	}{
		{"n;v\na;1,5\n", DecimalAuto, "1.5"},
		{"n;v\na;1.234\n", DecimalAuto, "1234"},
		{"n;v\na;1.234,5\n", DecimalAuto, "1234.5"},
		{"n;v\na;1,234.5\na;1,000\n", DecimalAuto, "2234.5"},
		{"n;v\na;1.5\na;2\n", DecimalAuto, "3.5"},
		{"n;v\na;1.5\n", DecimalComma, ""},
		{"n;v\na;1.234\n", DecimalPoint, "1.234"},
		{"n,v\na,\"1,234\"\n", DecimalAuto, "1234"},
		{"n,v\na,\"1,234\"\n", DecimalComma, "1.234"},
		{"n,v\na,\"1,25\"\na,\"1.234,5\"\n", DecimalAuto, "1235.75"},
		{"n\tv\na\t1,25\n", DecimalAuto, "1.25"},
		{"n\tv\na\t1,25\n", DecimalPoint, ""},
		{"n,v\na,1.234\n", DecimalAuto, "1.234"},
	} {
		opts := DefaultOptions()
		opts.Decimal = c.decimal
		r := mustRead(t, c.text, opts)
		got := ""
		if r.Mapping.Columns[1].Role == RoleValue {
			got = fmt.Sprint(r.Metrics[0].Total)
		}
		if got != c.want {
			t.Errorf("%q with %s: %s, and should be %s", c.text, c.decimal, got, c.want)
		}
	}
}

func TestNamesOfColumns(t *testing.T) {
	for header, want := range map[string]string{
		"SkuId": "sku_id", "HTTPStatus": "http_status", "userID": "user_id", "MAUs": "maus", "APICalls": "api_calls", "URLsServed": "urls_served",
		"p95Latency": "p95_latency", " Cost (USD) ": "cost_usd", "a--b__c": "a_b_c", "Größe": "gr_e", "É": "", "%": "", "lineItem/UsageAmount": "line_item_usage_amount",
		"EC2 Instances($)": "ec2_instances", "ALLCAPS": "allcaps", "Gas": "gas", "USAge": "us_age",
		"kWh": "kwh", "GiB used": "gib_used", "usageMiB": "usage_mib", "kWhUsed": "kwh_used", "vCPU hours": "vcpu_hours", "vCPUs": "vcpus", "w/o tax": "wo_tax",
		"kWh/MWh": "kwh_mwh", "disk_GBps": "disk_gbps", "BookBy": "book_by", "nUsers": "n_users", "EBITDA": "ebitda", "view/open": "view_open", "planA": "plan_a",
	} {
		if got := normalise(header); got != want {
			t.Errorf("%q is %q, and should be %q", header, got, want)
		}
	}
	for column, want := range map[string]string{
		"restated": "statsig_usage_report_restated", "Window Start Timestamp Seconds": "statsig_usage_report_window_start_timestamp_seconds",
		"rows": "statsig_usage_rows", "é": "statsig_usage_",
	} {
		if got := MetricName(column); got != want {
			t.Errorf("%q is %q, and should be %q", column, got, want)
		}
	}
}

func TestConfiguredNamesComeFirst(t *testing.T) {
	opts := DefaultOptions()
	opts.Columns = map[string]ColumnOptions{
		"b": {Role: RoleLabel, Name: "a"}, "y": {Role: RoleValue, Metric: "statsig_usage_x"},
	}
	r := mustRead(t, "a,b,x,y\np,q,1,2\n", opts)
	if got := summary(r); got != `x_2["q" "p"]=1 x["q" "p"]=2` || fmt.Sprint(r.LabelNames) != "[a a_2]" {
		t.Errorf("%s, %v", got, r.LabelNames)
	}
}

func TestAStoredMappingThatNoReportGivesIsRefused(t *testing.T) {
	const column = `{"name":"a","header":"a","role":"value","why":"","aggregate":"sum","decimal":44,"order":2}`
	for stored, good := range map[string]bool{
		`{"delimiter":44,"columns":[` + column + `]}`:                              true,
		`{"delimiter":44,"columns":[{"name":"a","role":"time","order":9}]}`:        false,
		`{"delimiter":44,"columns":[{"name":"a","role":"gauge"}]}`:                 false,
		`{"delimiter":44,"columns":[{"name":"a","role":"value","decimal":65}]}`:    false,
		`{"delimiter":44,"columns":[{"name":"a","role":"value","aggregate":"x"}]}`: false,
		`{"delimiter":10,"columns":[` + column + `]}`:                              false,
	} {
		if err := json.Unmarshal([]byte(stored), new(Mapping)); (err == nil) != good {
			t.Errorf("%s: %v", stored, err)
		}
	}
}
