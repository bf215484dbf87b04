package simulate

import "fmt"

// The event types of a report: checks of a gate, exposures to an experiment, and
// custom events, which are logged by name.
const (
	TypeGate     = "check_gate"
	TypeExposure = "exposure"
	TypeCustom   = "custom"
)

// shopLaunch is the gate whose launch the demo shows.
const shopLaunch = "checkout_redesign"

// shop is the demo's project: a web shop with some 200 series.
func shop() Project {
	return Project{Name: "demo", Title: "Web Shop", Key: "console-demo", Events: shopEvents(), Launch: shopLaunch}
}

const serverSDK = "node-server"

// clientLists returns lists of SDKs, as a report has them in one cell.
func clientLists() []string {
	return []string{"js-client", "react-client,js-client", "ios-client,android-client", "js-client,ios-client,android-client", "http-api"}
}

func shopEvents() []Event {
	named := Events(TypeCustom, "page_view", "product_viewed", "search_performed", "add_to_cart")
	named = append(named, Events(TypeExposure, "search_ranking_v4", "recommendations_model", "price_display")...)
	named = append(named, Events(TypeGate, "free_shipping_banner")...)
	named = append(named, Events(TypeCustom, "Checkout, step 1", "Checkout, step 2", "Checkout, step 3", "purchase", "session_start", "web_vitals")...)
	named = append(named, Events(TypeGate, shopLaunch, "payment_methods", "Größentabelle", "holiday_theme", "fraud_rules")...)
	named = append(named, Events(TypeCustom, `Clicked "Buy now"`, "añadir_a_favoritos", "購入完了", "newsletter_signup", "coupon_applied", "refund_requested", "review_written")...)
	return append(named, Tail("home", "search", "cart", "checkout", "profile", "pricing", "email", "reviews")...)
}

// Events returns events of one type.
func Events(kind string, names ...string) []Event {
	made := make([]Event, len(names))
	for i, name := range names {
		made[i] = Event{Name: name, Type: kind}
	}
	return made
}

// Tail returns the many small events that a project gathers over the years: per
// area some experiments, gates and the clicks that go with them.
func Tail(areas ...string) []Event {
	var made []Event
	for version, thing := range []string{"button", "banner", "layout", "copy", "ranking", "tooltip", "empty_state"} {
		for _, area := range areas {
			made = append(made,
				Event{Name: fmt.Sprintf("%s_%s_v%d", area, thing, version%3+1), Type: []string{TypeExposure, TypeGate}[version%2]},
				Event{Name: fmt.Sprintf("%s_%s_clicked", area, thing), Type: TypeCustom})
		}
	}
	return made
}
