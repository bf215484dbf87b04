package main

import (
	"maps"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// targetLabels are the labels that a scrape adds. A table leaves them out.
func targetLabels() []string {
	return []string{"Time", "container", "endpoint", "job", "instance", "namespace", "node", "pod", "prometheus", "service"}
}

// heading names a field of a table. A field with an empty name is left out.
type heading struct{ field, name string }

// ordered puts a table's fields in this order. Fields without a heading, such
// as a project's labels, follow under their own names.
func ordered(p *table.PanelBuilder, headings ...heading) {
	order := map[string]int{}
	for i, h := range headings {
		order[h.field] = i
	}
	organize(p, headings, order)
}

// headed names a table's values and keeps Grafana's order: labels before values.
func headed(p *table.PanelBuilder, headings ...heading) {
	organize(p, headings, map[string]int{})
}

func organize(p *table.PanelBuilder, headings []heading, order map[string]int) {
	hidden, renamed := map[string]bool{}, map[string]string{}
	for _, name := range targetLabels() {
		hidden[name] = true
	}
	for _, h := range headings {
		fields := []string{h.field}
		if h.field == "Value #A" {
			// Grafana's name for the first query's values when no other query returns any.
			fields = append(fields, "Value")
		}
		for _, field := range fields {
			hidden[field] = h.name == ""
			if h.name != "" {
				renamed[field] = h.name
			}
		}
	}
	p.WithTransformation(dashboard.DataTransformerConfig{
		Id:      "organize",
		Options: object{"excludeByName": hidden, "renameByName": renamed, "indexByName": order, "includeByName": object{}},
	})
}

// descending sorts a table by the column with this heading.
func descending(p *table.PanelBuilder, heading string) *table.PanelBuilder {
	return p.SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName(heading).Desc(true)})
}

// inColor colours the text of a column by thresholds.
func inColor(unit string, decimals int, colors dashboard.ThresholdsConfig) object {
	return object{"unit": unit, "decimals": decimals, "custom.cellOptions": object{"type": "color-text"}, "thresholds": colors}
}

// asBar shows a column as bars beside the values.
func asBar(properties object) object {
	properties["custom.cellOptions"] = object{"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
	return properties
}

func inBlue() object { return object{"mode": "fixed", "fixedColor": "blue"} }

// growth colours a change: more usage costs more.
func growth() dashboard.ThresholdsConfig {
	return thresholds("green", threshold{0, "text"}, threshold{0.25, "orange"}, threshold{1, "red"})
}

// currencies are the signs that readers expect.
func currencies() map[string]string {
	return map[string]string{
		"AUD": "A$", "BRL": "R$", "CAD": "C$", "CHF": "CHF ", "CNY": "CN¥", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KRW": "₩",
		"MXN": "MX$", "NZD": "NZ$", "PLN": "zł ", "SEK": "SEK ", "USD": "$",
	}
}

// money shows amounts in full. A plan's currency is a label, so the sign depends
// on the code in brackets at the end of the legend; an amount in any other
// currency is a plain number.
func money[P builder[P]](p P) P {
	p.Unit("locale").Decimals(2)
	for _, code := range sortedKeys(currencies()) {
		p.OverrideByRegexp(`/\(`+code+`\)$/`, sorted(object{"unit": "currency:financial:" + currencies()[code]}))
	}
	return p
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
