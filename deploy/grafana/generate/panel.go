package main

import "maps"

// query is a PromQL expression and how its series are called.
type query struct{ legend, expr string }

// newPanel makes a panel of a type, with queries over the time that is shown.
func newPanel(kind string, id int, title, description string) *panel {
	return &panel{
		ID: id, Type: kind, Title: title, Description: description, Datasource: chosen(),
		FieldConfig: fieldConfig{Defaults: object{}, Overrides: []override{}},
	}
}

// stat makes a panel of figures of now.
func stat(id int, title, description string, queries ...query) *panel {
	p := newPanel("stat", id, title, description).ask("time_series", true, queries)
	p.Options = object{
		"colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
		"percentChangeColorMode": "standard", "showPercentChange": false, "textMode": "auto", "wideLayout": true,
		"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
	}
	p.set("color", object{"mode": "thresholds"})
	return p.size(4, 4).steps("blue")
}

// bars makes a panel of horizontal bars of now, one a series.
func bars(id int, title, description string, queries ...query) *panel {
	p := newPanel("bargauge", id, title, description).ask("time_series", true, queries)
	p.Options = object{
		"displayMode": "basic", "valueMode": "color", "namePlacement": "left", "orientation": "horizontal", "showUnfilled": true,
		"sizing": "auto", "minVizHeight": 16, "maxVizHeight": 300, "minVizWidth": 8,
		"legend":        object{"calcs": []string{}, "displayMode": "list", "placement": "bottom", "showLegend": false},
		"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
	}
	p.set("color", object{"mode": "fixed", "fixedColor": "blue"}).set("min", 0)
	return p.size(12, 12).steps("blue")
}

// series makes a panel of series over time. What the exporter serves holds
// until the next poll: lines are steps, and a scrape that was missed does not
// break them.
func series(id int, title, description string, queries ...query) *panel {
	p := newPanel("timeseries", id, title, description).ask("time_series", false, queries)
	p.Options = object{
		"legend":  object{"calcs": []string{"lastNotNull"}, "displayMode": "table", "placement": "bottom", "showLegend": true},
		"tooltip": object{"mode": "multi", "sort": "desc", "hideZeros": false},
	}
	p.set("color", object{"mode": "palette-classic"})
	p.set("custom", object{
		"drawStyle": "line", "lineInterpolation": "stepAfter", "lineWidth": 2, "fillOpacity": 0, "gradientMode": "none",
		"showPoints": "never", "spanNulls": 3 * 3600 * 1000, "stacking": object{"mode": "none", "group": "A"},
		"thresholdsStyle": object{"mode": "off"}, "axisPlacement": "auto", "axisLabel": "",
	})
	return p.size(12, 8).steps("green")
}

// table makes a table of now. The first query's rows are joined with those of
// the others that have the same labels; columns are what the fields become.
func table(id int, title, description string, queries ...query) *panel {
	p := newPanel("table", id, title, description).ask("table", true, queries)
	p.Options = object{"cellHeight": "sm", "frameIndex": 0, "showHeader": true}
	p.set("custom", object{"align": "auto", "cellOptions": object{"type": "auto"}, "filterable": true, "inspect": false})
	if len(queries) > 1 {
		p.Transformations = append(p.Transformations, object{"id": "merge", "options": object{}})
	}
	return p.size(12, 10).steps("text").set("color", object{"mode": "thresholds"})
}

// ask gives the panel its queries; instant ones are of the end of the time that is shown.
func (p *panel) ask(format string, instant bool, queries []query) *panel {
	for i, q := range queries {
		p.Targets = append(p.Targets, target{
			RefID: string(rune('A' + i)), Datasource: chosen(), EditorMode: "code", Expr: q.expr, LegendFormat: q.legend,
			Format: format, Instant: instant, Range: !instant,
		})
	}
	return p
}

func (p *panel) size(w, h int) *panel {
	p.GridPos.W, p.GridPos.H = w, h
	return p
}

func (p *panel) set(key string, value any) *panel {
	p.FieldConfig.Defaults[key] = value
	return p
}

// custom adds to what the type of the panel alone knows.
func (p *panel) custom(more object) *panel {
	maps.Copy(p.FieldConfig.Defaults["custom"].(object), more)
	return p
}

func (p *panel) unit(unit string) *panel { return p.set("unit", unit) }

// count shows whole numbers, in full.
func (p *panel) count() *panel { return p.unit("locale").set("decimals", 0) }

// share shows a share of one as a percentage with one decimal.
func (p *panel) share() *panel { return p.unit("percentunit").set("decimals", 1) }

// threshold is the value from which a colour holds.
type threshold struct {
	from  float64
	color string
}

// steps colours values: base up to the first threshold.
func (p *panel) steps(base string, above ...threshold) *panel {
	return p.set("thresholds", steps(base, above...))
}

func steps(base string, above ...threshold) object {
	list := []object{{"color": base, "value": nil}}
	for _, t := range above {
		list = append(list, object{"color": t.color, "value": t.from})
	}
	return object{"mode": "absolute", "steps": list}
}

// stacked draws the series on top of each other, as bars where they count what
// happened in a while.
func (p *panel) stacked(style string) *panel {
	fill := 30
	if style == "bars" {
		fill = 80
	}
	return p.custom(object{"drawStyle": style, "fillOpacity": fill, "lineWidth": 1, "stacking": object{"mode": "normal", "group": "A"}})
}

// every asks for a value an interval at the most, and for no more than points.
func (p *panel) every(interval string, points int) *panel {
	p.Interval, p.MaxDataPoints = interval, points
	return p
}

// field overrides properties of the field that is called name.
func (p *panel) field(name string, properties object) *panel {
	return p.override(object{"id": "byName", "options": name}, properties)
}

func (p *panel) override(matcher, properties object) *panel {
	o := override{Matcher: matcher}
	for _, id := range sortedKeys(properties) {
		o.Properties = append(o.Properties, object{"id": id, "value": properties[id]})
	}
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, o)
	return p
}
