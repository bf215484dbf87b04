package main

import "strings"

// Grafana's numbers for when a variable is asked for and how it is sorted.
const (
	onTimeRangeChange = 2
	alphabetically    = 5 // with no regard to case
)

// datasourceVariable lets the reader choose among the data sources that speak PromQL.
func datasourceVariable() variable {
	return variable{
		Name: "datasource", Label: "Data source", Description: "The Prometheus that scrapes the exporter.",
		Type: "datasource", Query: "prometheus",
	}
}

// choice is a variable whose values Prometheus knows.
func choice(name, label, description, ask string) variable {
	source := chosen()
	// What the editor calls a label_values query; the other one is label_names.
	kind := 1
	if strings.HasPrefix(ask, "label_names") {
		kind = 0
	}
	return variable{
		Name: name, Label: label, Description: description, Type: "query", Datasource: &source,
		Query:   object{"qryType": kind, "query": ask, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
		Refresh: onTimeRangeChange, Sort: alphabetically,
	}
}

// many lets the reader choose several values; all of them to begin with.
func (v variable) many() variable {
	v.Multi, v.IncludeAll, v.AllValue = true, true, ".+"
	v.Current = object{"text": []string{"All"}, "value": []string{"$__all"}}
	return v
}

// first is the value to begin with. Where there is no such value, Grafana takes
// the first that there is.
func (v variable) first(value string) variable {
	v.Current = object{"text": value, "value": value}
	return v
}

// amount is a variable with fixed values, the first of which is the one to begin with.
func amount(name, label, description string, values ...string) variable {
	v := variable{Name: name, Label: label, Description: description, Type: "custom", Query: strings.Join(values, ",")}
	for i, value := range values {
		v.Options = append(v.Options, object{"text": value, "value": value, "selected": i == 0})
	}
	return v.first(values[0])
}

// builtinAnnotations keeps the notes that readers write on a dashboard.
func builtinAnnotations() annotations {
	return annotations{List: []object{{
		"builtIn": 1, "datasource": object{"type": "grafana", "uid": "-- Grafana --"}, "enable": true, "hide": true,
		"iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
	}}}
}

// link leads to another dashboard, with the time, the data source and the projects of this one.
func link(title, uid, tooltip string) object {
	return object{
		"title": title, "type": "link", "icon": "dashboard", "url": "/d/" + uid + "?${datasource:queryparam}&${project:queryparam}",
		"tooltip": tooltip, "tags": []string{}, "asDropdown": false, "targetBlank": false, "includeVars": false, "keepTime": true,
	}
}
