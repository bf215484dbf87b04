package main

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// process matches the series of the chosen exporters. In queries PROCESS stands for it.
const process = `job=~"$job", instance=~"$instance"`

// processVariables let the reader choose exporters: two may have projects or plans of
// the same names. Backfilled series may have neither label.
func processVariables(d *dashboard.DashboardBuilder) {
	d.WithVariable(choices("job", "Job", "Scrape jobs that have an exporter.", "label_values(statsig_exporter_build_info, job)").AllValue(".*")).
		WithVariable(choices("instance", "Instance", "Exporters of these jobs.",
			`label_values(statsig_exporter_build_info{job=~"$job"}, instance)`).AllValue(".*"))
}

// chosenSource refers to the data source that the reader chooses.
func chosenSource() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}
}

// sourceVariable lets the reader choose a data source that speaks PromQL.
func sourceVariable() *dashboard.DatasourceVariableBuilder {
	return dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").
		Description("The Prometheus that scrapes the exporter.").Type("prometheus")
}

// choice is a variable with values from Prometheus.
func choice(name, label, description, ask string) *dashboard.QueryVariableBuilder {
	// The query editor's numbers for label_values and label_names.
	kind := 1
	if strings.HasPrefix(ask, "label_names") {
		kind = 0
	}
	return dashboard.NewQueryVariableBuilder(name).Label(label).Description(description).Datasource(chosenSource()).
		Query(dashboard.StringOrMap{Map: object{"qryType": kind, "query": ask, "refId": "PrometheusVariableQueryEditor-VariableQuery"}}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalCaseInsensitiveAsc)
}

// choices is a variable with values from Prometheus, of which the reader may
// choose several. All of them are chosen at first.
func choices(name, label, description, ask string) *dashboard.QueryVariableBuilder {
	all := dashboard.VariableOption{
		Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
		Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
	}
	return choice(name, label, description, ask).Multi(true).IncludeAll(true).AllValue(".+").Current(all)
}

// option is one value of a variable. As the value chosen at first, it gives way
// to the first that exists where Grafana does not find it.
func option(value string) dashboard.VariableOption {
	text := dashboard.StringOrArrayOfString{String: &value}
	return dashboard.VariableOption{Text: text, Value: text}
}

// fixed is a variable with fixed values. The first of them is chosen at first.
func fixed(name, label, description string, values ...string) *dashboard.CustomVariableBuilder {
	var options []dashboard.VariableOption
	for i, value := range values {
		o := option(value)
		o.Selected = cog.ToPtr(i == 0)
		options = append(options, o)
	}
	return dashboard.NewCustomVariableBuilder(name).Label(label).Description(description).
		Values(dashboard.StringOrMap{String: cog.ToPtr(strings.Join(values, ","))}).Options(options).Current(option(values[0]))
}

// newDashboard makes a dashboard that links to another and passes on the
// time range, the data source, the exporters and the projects. Days are drawn as in UTC, the
// default zone of windows, wherever the browser is.
func newDashboard(uid, title, description string, link *dashboard.DashboardLinkBuilder) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder(title).Uid(uid).Description(description).Version(1).
		Editable().Tooltip(dashboard.DashboardCursorSyncCrosshair).Timezone("utc").Link(link).
		Annotation(dashboard.NewAnnotationQueryBuilder().Name("Annotations & Alerts").Type("dashboard").BuiltIn(1).Enable(true).Hide(true).
			IconColor("rgba(0, 211, 255, 1)").Datasource(common.DataSourceRef{Type: cog.ToPtr("grafana"), Uid: cog.ToPtr("-- Grafana --")})).
		Annotation(dashboard.NewAnnotationQueryBuilder().Name("Alerts").Enable(true).IconColor("red").Datasource(chosenSource()).
			Target(target(0, query{expr: `ALERTS{alertname=~"Statsig.+", alertstate="firing"}`}).Range()).
			TitleFormat("{{alertname}}").TextFormat("{{project}} {{event}} {{plan}}").TagKeys("severity"))
}

func linkTo(uid, title, tooltip string) *dashboard.DashboardLinkBuilder {
	return dashboard.NewDashboardLinkBuilder(title).Type(dashboard.DashboardLinkTypeLink).Icon("dashboard").Tooltip(tooltip).
		Url("/d/" + uid + "?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${project:queryparam}").KeepTime(true)
}

// section adds a row and the panels below it.
func section(d *dashboard.DashboardBuilder, id uint32, title string, panels ...cog.Builder[dashboard.Panel]) {
	d.WithRow(dashboard.NewRowBuilder(title).Id(id))
	for _, p := range panels {
		d.WithPanel(p)
	}
}
