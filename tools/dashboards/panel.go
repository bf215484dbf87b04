package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// builder has the methods that the SDK's panel builders share.
type builder[P any] interface {
	cog.Builder[dashboard.Panel]
	Id(id uint32) P
	Title(title string) P
	Description(description string) P
	Datasource(source common.DataSourceRef) P
	WithTarget(target cog.Builder[variants.Dataquery]) P
	Span(width uint32) P
	Height(height uint32) P
	Unit(unit string) P
	Decimals(decimals float64) P
	Thresholds(thresholds cog.Builder[dashboard.ThresholdsConfig]) P
	NoValue(text string) P
	OverrideByName(name string, properties []dashboard.DynamicConfigValue) P
	OverrideByRegexp(pattern string, properties []dashboard.DynamicConfigValue) P
}

// query is a PromQL expression and the legend of its series.
type query struct{ legend, expr string }

// newPanel gives a panel its id, title and description, and says why it may be empty. Links
// to a panel contain its id, so an id never changes.
func newPanel[P builder[P]](p P, id uint32, title, description string) P {
	return p.Id(id).Title(title).Description(description).Datasource(chosenSource()).NoValue("Nothing scraped yet")
}

// newStat makes a panel of current figures.
func newStat(id uint32, title, description string, queries ...query) *stat.PanelBuilder {
	p := newPanel(stat.NewPanelBuilder(), id, title, description).Span(4).Height(4).
		GraphMode(common.BigValueGraphModeNone).Orientation(common.VizOrientationAuto).ReduceOptions(lastValue()).
		ColorScheme(colorMode(dashboard.FieldColorModeIdThresholds))
	return colored(instant(p, prometheus.PromQueryFormatTimeSeries, queries), "blue")
}

// newBars makes a panel of current figures with one horizontal bar for each series.
func newBars(id uint32, title, description string, queries ...query) *bargauge.PanelBuilder {
	p := newPanel(bargauge.NewPanelBuilder(), id, title, description).Span(12).Height(12).Min(0).
		DisplayMode(common.BarGaugeDisplayModeBasic).NamePlacement(common.BarGaugeNamePlacementLeft).
		Orientation(common.VizOrientationHorizontal).ReduceOptions(lastValue()).
		Legend(legend(common.LegendDisplayModeList).ShowLegend(false)).
		ColorScheme(colorMode(dashboard.FieldColorModeIdFixed).FixedColor("blue"))
	return colored(instant(p, prometheus.PromQueryFormatTimeSeries, queries), "blue")
}

// newGraph makes a panel of series over time. The exporter serves a value until
// the next poll, so lines are steps, and a missed scrape does not break them.
func newGraph(id uint32, title, description string, queries ...query) *timeseries.PanelBuilder {
	p := newPanel(timeseries.NewPanelBuilder(), id, title, description).Span(12).Height(8).
		Legend(legend(common.LegendDisplayModeTable).ShowLegend(true).Calcs([]string{"lastNotNull"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending)).
		ColorScheme(colorMode(dashboard.FieldColorModeIdPaletteClassic)).
		DrawStyle(common.GraphDrawStyleLine).LineInterpolation(common.LineInterpolationStepAfter).LineWidth(2).FillOpacity(0).
		ShowPoints(common.VisibilityModeNever).SpanNulls(common.BoolOrFloat64{Float64: cog.ToPtr[float64](3 * 3600 * 1000)})
	for i, q := range queries {
		p.WithTarget(target(i, q).Format(prometheus.PromQueryFormatTimeSeries).Range())
	}
	return colored(p, "green")
}

// newTable makes a table of current figures. It joins the rows of all queries
// that have the same labels.
func newTable(id uint32, title, description string, queries ...query) *table.PanelBuilder {
	p := newPanel(table.NewPanelBuilder(), id, title, description).Span(12).Height(10).
		Filterable(true).ColorScheme(colorMode(dashboard.FieldColorModeIdThresholds)).
		OverrideByFieldType("number", sorted(object{"noValue": "–"})) // of a cell; the panel's own says why all are missing
	if len(queries) > 1 {
		p.WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: object{}})
	}
	return colored(instant(p, prometheus.PromQueryFormatTable, queries), "text")
}

// instant adds queries for the end of the time range.
func instant[P builder[P]](p P, format prometheus.PromQueryFormat, queries []query) P {
	for i, q := range queries {
		p.WithTarget(target(i, q).Format(format).Instant())
	}
	return p
}

func target(i int, q query) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(string(rune('A' + i))).Datasource(chosenSource()).
		EditorMode(prometheus.QueryEditorModeCode).Expr(fill(q.expr, "PROCESS", process)).LegendFormat(q.legend)
}

func lastValue() *common.ReduceDataOptionsBuilder {
	return common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}).Fields("").Values(false)
}

func legend(mode common.LegendDisplayMode) *common.VizLegendOptionsBuilder {
	return common.NewVizLegendOptionsBuilder().DisplayMode(mode).Placement(common.LegendPlacementBottom).Calcs([]string{})
}

func colorMode(mode dashboard.FieldColorModeId) *dashboard.FieldColorBuilder {
	return dashboard.NewFieldColorBuilder().Mode(mode)
}

// count shows whole numbers in full.
func count[P builder[P]](p P) P { return p.Unit("locale").Decimals(0) }

// share shows a fraction as a percentage.
func share[P builder[P]](p P) P { return p.Unit("percentunit").Decimals(1) }

// threshold is the value from which a colour applies.
type threshold struct {
	from  float64
	color string
}

// colored colours values: base below the first threshold.
func colored[P builder[P]](p P, base string, above ...threshold) P {
	config := thresholds(base, above...)
	return p.Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(config.Mode).Steps(config.Steps))
}

func thresholds(base string, above ...threshold) dashboard.ThresholdsConfig {
	steps := []dashboard.Threshold{{Color: base}}
	for _, t := range above {
		steps = append(steps, dashboard.Threshold{Color: t.color, Value: &t.from})
	}
	return dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: steps}
}

// stacked draws series on top of each other, as areas or bars.
func stacked(p *timeseries.PanelBuilder, style common.GraphDrawStyle) *timeseries.PanelBuilder {
	fill := 30.0
	if style == common.GraphDrawStyleBars {
		fill = 80
	}
	return p.DrawStyle(style).FillOpacity(fill).LineWidth(1).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
}

// smooth suits values that change all the time, not only with a poll.
func smooth(p *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return p.LineInterpolation(common.LineInterpolationLinear).LineWidth(1)
}

// object is a JSON object with Grafana's keys.
type object = map[string]any

// field overrides properties of the field with this name.
func field[P builder[P]](p P, name string, properties object) P {
	return p.OverrideByName(name, sorted(properties))
}

func sorted(properties object) []dashboard.DynamicConfigValue {
	var values []dashboard.DynamicConfigValue
	for _, id := range sortedKeys(properties) {
		values = append(values, dashboard.DynamicConfigValue{Id: id, Value: properties[id]})
	}
	return values
}
