package collector_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"statsig_exporter/statsig/statsigtest"
)

// hostileLabels are project labels that mean something elsewhere in Prometheus.
const hostileLabels = "{le: '1', quantile: '0.5', reason: r, role: x, code: '200', result: ok, job: j, instance: i, report_team: rt, team: '', A_b: \"q\\\"\\n\\\\\"}"

// hostileReports are reports whose names and cells mean something elsewhere.
func hostileReports() map[string]string {
	return map[string]string{
		"labels with meanings":  "metric,le,quantile,reason,role,code of event,result,project,window,__name__,job,instance,events\na,b,c,d,e,f,g,h,i,j,k,l,1\n",
		"labels of the project": "team,Team,TEAM,report_team,report_report_team,region,A_b,a b,events\na,b,c,d,e,f,g,h,1\n",
		"values with meanings": "event,Window Start Timestamp Seconds,newest timestamp seconds,restated,rows,count,sum,bucket,total,created,info,up,window_start\n" +
			"x,1,2,3,4,5,6,7,8,9,10,11,12\n",
		"the same name, often":  "event,Events,events,EVENTS,e-v-e-n-t-s,events_2,events_2\nx,1,2,3,4,5,6\n",
		"names of nothing":      "事件,数量,,,#,1st\nx,1,y,2,3,4\n",
		"empty label values":    "a,b,events\n,,1\nx,,2\n,x,4\n, x,8\n\" \",x,16\n\"\",\"\",32\n",
		"values of every kind":  "event,events\n\"a\nb\",1\n\"a\"\"b\\\",2\n\x01\x7f,3\n\xff\xfe,4\n" + strings.Repeat("ü", 1000) + ",5\n{}=#,6\nNaN,1e308\n NaN,1e308\ntiny,-1e-320\n",
		"other":                 "event,events\n" + "other,1\nx,2\ny,3\nz,4\nw,5\nv,6\nu,7\nt,8\ns,9\nr,10\nq,11\np,12\no,13\nn,14\nm,15\nl,16\n",
		"no values":             "event,kind\nx,y\n",
		"no labels":             "events\n1\n2\n",
		"another set of labels": "sku,events\nx,1\n",
	}
}

func TestNoReportAndNoConfigurationMakesAScrapeFail(t *testing.T) {
	for name, report := range hostileReports() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "report: {series_limit: 12}\nprojects:\n"+
					"  - {name: a, api_key: console-key-of-a, labels: "+hostileLabels+"}\n"+
					"  - {name: \"b \\\"\\n\\\\ 日本\", api_key: console-key-of-b, labels: {region: eu}}\n"+
					"  - {name: c, api_key: console-key-of-c}\n", func(o *statsigtest.Options) { o.Projects[1].Key = keyOf("b") })
				w.api.Inject("a", statsigtest.CSV(report))
				w.api.Inject("b \"\n\\ 日本", statsigtest.CSV(report))
				w.api.Inject("c", statsigtest.CSV("event,code,le,events,rows\nx,y,z,1,2\n"))
				w.start()
				defer w.stop()
				for range 2 {
					pass(64 * time.Minute)
					if up := w.scrape("").only("statsig_up"); len(up) != 3 {
						t.Errorf("up is %v", up)
					} else {
						for series, v := range up {
							if v != 1 {
								t.Errorf("%s is %v: %s", series, v, w.collector.Status()[0].Err)
							}
						}
					}
				}
				wellFormed(t, w)
			})
		})
	}
}

// wellFormed checks a scrape in every format that can be parsed.
func wellFormed(t *testing.T, w *world) {
	t.Helper()
	content, err := w.collector.Content(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []expfmt.Format{expfmt.NewFormat(expfmt.TypeTextPlain), expfmt.NewFormat(expfmt.TypeProtoDelim)} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", string(format))
		rec := httptest.NewRecorder()
		if err := w.responder.Respond(rec, r, content); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		decoder := expfmt.NewDecoder(bytes.NewReader(rec.Body.Bytes()), format)
		names := map[string]bool{}
		for {
			var family dto.MetricFamily
			err := decoder.Decode(&family)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if names[family.GetName()] {
				t.Errorf("%s: family %s is there twice", format, family.GetName())
			}
			names[family.GetName()] = true
			distinct(t, &family)
		}
	}
}

// distinct checks that no two series of a family are the same for Prometheus,
// to which an empty label is none, and that no label is there twice.
func distinct(t *testing.T, family *dto.MetricFamily) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range family.Metric {
		var labels []string
		for _, l := range m.Label {
			if l.GetValue() != "" {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			if strings.HasPrefix(l.GetName(), "__") {
				t.Errorf("%s has the label %s", family.GetName(), l.GetName())
			}
		}
		names := map[string]bool{}
		for _, l := range m.Label {
			if names[l.GetName()] {
				t.Errorf("%s has the label %s twice: %s", family.GetName(), l.GetName(), m)
			}
			names[l.GetName()] = true
		}
		slices.Sort(labels)
		series := strings.Join(labels, ",")
		if seen[series] {
			t.Errorf("%s{%s} is there twice", family.GetName(), series)
		}
		seen[series] = true
	}
}
