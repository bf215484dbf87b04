package inspect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/report"
)

// biggestSeries is how many series the table shows.
const biggestSeries = 10

// widest is how many characters of a name the table shows.
const widest = 60

// jsonColumn is one column in --format=json.
type jsonColumn struct {
	Name      string           `json:"name"`
	Role      report.Role      `json:"role"`
	Why       string           `json:"why"`
	Label     string           `json:"label,omitempty"`
	Metric    string           `json:"metric,omitempty"`
	Aggregate report.Aggregate `json:"aggregate,omitempty"`
	Distinct  int              `json:"distinct"`
	Skipped   int              `json:"skipped"`
}

type jsonWindow struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

func (in *inspection) writeJSON(w io.Writer) error {
	out := struct {
		Columns   []jsonColumn       `json:"columns"`
		Rows      int                `json:"rows"`
		Series    int                `json:"series"`
		Window    *jsonWindow        `json:"window"`
		Unmatched []report.Unmatched `json:"unmatched,omitempty"`
	}{Columns: []jsonColumn{}, Rows: in.report.Rows, Series: in.report.Series, Unmatched: in.report.Unmatched}
	for i, c := range in.report.Mapping.Columns {
		account := in.report.Accounts[i]
		column := jsonColumn{Name: c.Name, Role: c.Role, Why: c.Why, Label: c.Label, Metric: c.Metric, Distinct: account.Distinct, Skipped: account.Skipped}
		if c.Role == report.RoleValue {
			column.Aggregate = c.Aggregate
		}
		out.Columns = append(out.Columns, column)
	}
	if in.covered != nil {
		out.Window = &jsonWindow{in.covered.Start.UTC(), in.covered.End.UTC()}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func (in *inspection) writeTable(w io.Writer) error {
	r := in.report
	fmt.Fprintf(w, "%s: %s, %s\n", in.source, count(r.Rows, "row"), count(len(r.Mapping.Columns), "column"))
	if in.covered != nil {
		fmt.Fprintf(w, "window %s: %s to %s\n", in.window.Name, in.covered.Start.Format(time.RFC3339), in.covered.End.Format(time.RFC3339))
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COLUMN\tROLE\tBECOMES\tDISTINCT\tSKIPPED\tWHY")
	for i, c := range r.Mapping.Columns {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", show.Short(cmp.Or(c.Name, `""`), widest), c.Role, show.Short(show.Becomes(c), widest), r.Accounts[i].Distinct, skippedCells(r.Accounts[i]), show.Text(c.Why))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", in.summary())
	if err := in.writeTotals(w); err != nil {
		return err
	}
	in.writeUnmatched(w)
	return in.writeBiggest(w)
}

// writeUnmatched prints the keys that lookups lack, to be pasted into their files.
func (in *inspection) writeUnmatched(w io.Writer) {
	for _, u := range in.report.Unmatched {
		if u.Keys > 0 {
			fmt.Fprintf(w, "\n%s keys without a row in %s, the largest first\n", show.Count(u.Keys), u.Lookup)
		}
		for _, key := range u.Largest {
			fmt.Fprintln(w, key.Line)
		}
	}
}

// writeTotals prints the total of each summed column, and what the report costs under
// each plan.
func (in *inspection) writeTotals(w io.Writer) error {
	summed := slices.ContainsFunc(in.report.Metrics, func(m report.Metric) bool { return m.Aggregate == report.AggregateSum })
	if !summed && len(in.plans) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\ntotals, to compare with an invoice")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, m := range in.report.Metrics {
		if m.Aggregate == report.AggregateSum {
			fmt.Fprintf(table, "%s\t  %s\n", strconv.FormatFloat(m.Total, 'f', -1, 64), m.Name)
		}
	}
	for _, p := range in.plans {
		if used := p.Used(in.sums()); used != nil {
			fmt.Fprintf(table, "%s\t  %s, cost as a month of plan %s\n", p.Cost(used).FloatString(2), p.Currency, p.Name)
		}
	}
	return table.Flush()
}

func skippedCells(a report.Account) string {
	if a.Skipped == 0 {
		return "0"
	}
	lines := make([]string, len(a.Lines))
	for i, line := range a.Lines {
		lines[i] = strconv.Itoa(line)
	}
	more := ""
	if a.Skipped > len(a.Lines) {
		more = ", …"
	}
	return fmt.Sprintf("%d (line %s%s)", a.Skipped, strings.Join(lines, ", "), more)
}

// count writes how many things there are.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// summary counts what is served.
func (in *inspection) summary() string {
	r := in.report
	s := fmt.Sprintf("%d series in %s", r.Series, count(len(r.Metrics), "metric"))
	if r.Mapping.Count(report.RoleValue) == 0 {
		s += "; no column is a value, so rows are counted"
	}
	if r.Folded > 0 {
		s += fmt.Sprintf("; %d more are folded into one, as series_limit is %d", r.Folded, in.project.Report.SeriesLimit)
	}
	if r.Dropped > 0 {
		s += fmt.Sprintf("; %d more are dropped, as series_limit is %d", r.Dropped, in.project.Report.SeriesLimit)
	}
	if !r.Newest.IsZero() {
		s += "; newest time " + r.Newest.Format(time.RFC3339Nano)
	}
	return s
}

// writeBiggest prints the series with the largest values of the first metric.
func (in *inspection) writeBiggest(w io.Writer) error {
	r := in.report
	fmt.Fprintf(w, "\nbiggest series of %s\n", r.Metrics[0].Name)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, s := range r.Largest(biggestSeries) {
		labels := show.Labels(r.LabelNames, s.Labels)
		fmt.Fprintf(table, "%s\t  {%s}\n", strconv.FormatFloat(s.Value, 'f', -1, 64), show.Short(labels, 160))
	}
	return table.Flush()
}
