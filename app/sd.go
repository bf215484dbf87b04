package app

import (
	"encoding/json"
	"net/http"
)

// discoveryPath is where Prometheus finds the targets of this process.
const discoveryPath = "/sd"

// targetGroup is one of those that Prometheus' HTTP service discovery expects.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// discovery answers with one target for the series of each project and one for
// those of none: scraped all, they are what the metrics path serves as a whole. The
// address is the one that the request was sent to.
func (p pages) discovery(w http.ResponseWriter, r *http.Request) {
	group := func(param, value string) targetGroup {
		labels := map[string]string{"__metrics_path__": p.metricsPath, "__param_" + param: value}
		if r.TLS != nil { // without it, a proxy may still speak TLS: the scrape configuration knows
			labels["__scheme__"] = "https"
		}
		return targetGroup{[]string{r.Host}, labels}
	}
	var groups []targetGroup
	for _, project := range p.collector.Projects() {
		groups = append(groups, group("project", project))
	}
	groups = append(groups, group("self", "only"))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(groups) // a client that has gone needs no targets
}
