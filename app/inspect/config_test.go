package inspect

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
)

// roundTripReports are reports whose mappings are hard to write down.
var roundTripReports = map[string]string{
	"a plain export":          "Date,Event Name,Billable Events\n2026-02-01,checkout,12\n2026-02-02,search,5\n",
	"blank headers":           "Event,,,Units,\na,b,1,2,c\nd,e,3,4,f\n",
	"repeated headers":        "Event,Count,Event,Count,Event_2,Count\na,1,b,2,c,3\nd,4,e,5,f,6\n",
	"taken names":             "project,window,team,__name__,Newest Timestamp Seconds,Restated,Rows\na,b,c,d,1,2,3\ne,f,g,h,4,5,6\n",
	"headers of every script": "名前,Größe,Côté,日付,使用量\nx,a,b,2026-02-01,1\ny,c,d,2026-02-02,2\n",
	"characters of YAML":      "a: b #c,yes,~,123,0x1F,- x,{y},\"*z\",'q',\"d\"\"q\",!t,null,1.5,2026-01-01,<<,Events\n" + strings.Repeat("v,v,v,v,v,v,v,v,v,v,v,v,v,v,v,1\n", 2),
	"a header of two lines":   "\"first\nsecond\",\"tab\there\",Events\na,b,1\nc,d,2\n",
	"a very long header":      strings.Repeat("long ", 60) + ",Events\na,1\nb,2\n",
	"names that collide":      "SKU id,SkuId,sku-id,Cost ($),Cost (€)\na,b,c,1,2\nd,e,f,3,4\n",
	"aggregates":              "Event,Unit Price,Share,Cost\na,0.5,10%,1\na,1.5,30%,2\nb,2,40%,3\n",
	"semicolons and commas":   "Ereignis;Kosten;Datum\na;1.234,5;01.02.2026\nb;2,5;13.02.2026\n",
	"several times":           "usage_start,usage_end,ts,Event,Units\n2026-02-01,2026-02-02,1769904000,a,1\n2026-02-03,2026-02-04,1769990400,b,2\n",
	"identifiers of digits":   "Account ID,zip,version,Units\n1234567890,00501,2,1\n1234567891,10001,3,2\n",
	"no value column":         "Event,Type\na,b\na,c\n",
	"no column but values":    "Units,Cost\n1,2\n3,4\n",
	"an empty column":         "Event,Nothing,Units\na,,1\nb,NULL,2\n",
	"tabs":                    "Event\tUnits\tNote\na\t1\tx\nb\t2\ty\n",
	"bytes that are not text": "Caf\xe9,Units\na\xff,1\nb,2\n",
}

// TestTheConfigurationThatInspectPrintsYieldsTheSameMapping pastes the section
// into a configuration and inspects again.
func TestTheConfigurationThatInspectPrintsYieldsTheSameMapping(t *testing.T) {
	for what, text := range roundTripReports {
		t.Run(what, func(t *testing.T) {
			inferred := config.Default(config.KeySource{Env: "KEY"})
			section := explained(t, inferred, "config", text)
			configured, err := config.Parse("statsig.yml", []byte("projects: [{name: default, api_key_env: KEY}]\n"+section), t.TempDir())
			if err != nil {
				t.Fatalf("%v\nof\n%s", err, section)
			}
			if before, after := mapping(t, inferred, text), mapping(t, configured, text); !reflect.DeepEqual(before, after) {
				t.Errorf("inferred  %+v\nconfigured %+v\nby\n%s", before, after, section)
			}
			if before, after := explained(t, inferred, "metrics", text), explained(t, configured, "metrics", text); before != after {
				t.Errorf("inferred\n%s\nconfigured\n%s\nby\n%s", before, after, section)
			}
			if again := explained(t, configured, "config", text); withoutComments(again) != withoutComments(section) {
				t.Errorf("printed\n%s\nand then\n%s", section, again)
			}
		})
	}
}

// explained returns what is printed of a report.
func explained(t *testing.T, cfg *config.Config, format, text string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if err := Run(t.Context(), Options{Settings: ingest.Settings{Config: cfg}, Format: format, Report: strings.NewReader(text), Source: "report"}, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	return stdout.String()
}

// mapping returns the mapping without the reasons, which differ.
func mapping(t *testing.T, cfg *config.Config, text string) map[string]any {
	t.Helper()
	var mapping map[string]any
	if err := json.Unmarshal([]byte(explained(t, cfg, "json", text)), &mapping); err != nil {
		t.Fatal(err)
	}
	for _, column := range mapping["columns"].([]any) {
		delete(column.(map[string]any), "why")
	}
	return mapping
}

// withoutComments cuts the comments at the ends of lines.
func withoutComments(section string) string {
	lines := strings.Split(section, "\n")
	for i, line := range lines {
		if at := strings.LastIndex(line, "} # "); at >= 0 {
			lines[i] = line[:at+1]
		}
	}
	return strings.Join(lines, "\n")
}
