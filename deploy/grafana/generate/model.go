package main

// object is a JSON object whose keys are Grafana's own.
type object = map[string]any

// schemaVersion is that of the dashboards that Grafana 13 writes; older ones
// read it too, and newer ones bring it up to date.
const schemaVersion = 42

// dashboard is one dashboard, as Grafana's file provider and its import read it.
type dashboard struct {
	UID           string      `json:"uid"`
	Title         string      `json:"title"`
	Description   string      `json:"description"`
	Tags          []string    `json:"tags"`
	SchemaVersion int         `json:"schemaVersion"`
	Version       int         `json:"version"`
	Editable      bool        `json:"editable"`
	GraphTooltip  int         `json:"graphTooltip"`
	Timezone      string      `json:"timezone"`
	Refresh       string      `json:"refresh"`
	Time          timeRange   `json:"time"`
	Links         []object    `json:"links"`
	Annotations   annotations `json:"annotations"`
	Templating    templating  `json:"templating"`
	Panels        []any       `json:"panels"` // of *panel and row
}

// timeRange is what a dashboard shows when it is opened.
type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type annotations struct {
	List []object `json:"list"`
}

type templating struct {
	List []variable `json:"list"`
}

// variable is a choice at the top of a dashboard.
type variable struct {
	Name        string     `json:"name"`
	Label       string     `json:"label"`
	Description string     `json:"description"`
	Type        string     `json:"type"`
	Datasource  *reference `json:"datasource,omitempty"`
	Query       any        `json:"query"`
	Regex       string     `json:"regex,omitempty"`
	Refresh     int        `json:"refresh,omitempty"`
	Sort        int        `json:"sort,omitempty"`
	Multi       bool       `json:"multi"`
	IncludeAll  bool       `json:"includeAll"`
	AllValue    string     `json:"allValue,omitempty"`
	Current     object     `json:"current,omitempty"`
	Options     []object   `json:"options,omitempty"`
}

// reference names a data source.
type reference struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// row is a heading over the panels that follow it.
type row struct {
	ID        int      `json:"id"`
	Type      string   `json:"type"`
	Title     string   `json:"title"`
	GridPos   place    `json:"gridPos"`
	Collapsed bool     `json:"collapsed"`
	Panels    []object `json:"panels"`
}

// place is where a panel stands, in cells of a grid that is 24 wide.
type place struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// panel is one panel. Its id is part of links to it, and never changes.
type panel struct {
	ID              int         `json:"id"`
	Type            string      `json:"type"`
	Title           string      `json:"title"`
	Description     string      `json:"description"`
	GridPos         place       `json:"gridPos"`
	Datasource      reference   `json:"datasource"`
	Interval        string      `json:"interval,omitempty"`
	MaxDataPoints   int         `json:"maxDataPoints,omitempty"`
	Targets         []target    `json:"targets"`
	Transformations []object    `json:"transformations,omitempty"`
	FieldConfig     fieldConfig `json:"fieldConfig"`
	Options         object      `json:"options"`
}

// target is one query of a panel.
type target struct {
	RefID        string    `json:"refId"`
	Datasource   reference `json:"datasource"`
	EditorMode   string    `json:"editorMode"`
	Expr         string    `json:"expr"`
	LegendFormat string    `json:"legendFormat"`
	Format       string    `json:"format"`
	Instant      bool      `json:"instant"`
	Range        bool      `json:"range"`
}

type fieldConfig struct {
	Defaults  object     `json:"defaults"`
	Overrides []override `json:"overrides"`
}

// override is what differs for some fields of a panel.
type override struct {
	Matcher    object   `json:"matcher"`
	Properties []object `json:"properties"`
}

// chosen refers to the data source that the reader has chosen: none is built in.
func chosen() reference { return reference{Type: "prometheus", UID: "${datasource}"} }
