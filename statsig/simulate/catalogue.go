package simulate

import "fmt"

// The event types of a report: exposures are checks of a gate, an experiment
// or a dynamic config, custom events are logged by name.
const (
	TypeExposure = "exposure"
	TypeCustom   = "custom"
)

// shopLaunch is the gate whose launch the demo shows.
const shopLaunch = "checkout_redesign"

// shop is the demo's project: a web shop with some 300 series.
func shop() Project {
	return Project{Name: "demo", Key: "console-demo", Scale: 400_000, Weekend: 0.6, Events: shopEvents(), Launch: shopLaunch}
}

// SDKs returns the names of the SDKs that log events.
func SDKs() []string {
	return []string{"js-client", "node-server", "ios-client", "android-client", "go-server", "react-client", "http-api"}
}

func shopEvents() []Event {
	named := Events(TypeCustom, "page_view", "product_viewed", "search_performed", "add_to_cart")
	named = append(named, Events(TypeExposure, "search_ranking_v4", "free_shipping_banner", "recommendations_model", "price_display")...)
	named = append(named, Events(TypeCustom, "Checkout, step 1", "Checkout, step 2", "Checkout, step 3", "purchase", "session_start", "web_vitals")...)
	named = append(named, Events(TypeExposure, shopLaunch, "payment_methods", "Größentabelle", "holiday_theme", "fraud_rules")...)
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
// area some experiments and the clicks that go with them.
func Tail(areas ...string) []Event {
	var made []Event
	for version, thing := range []string{"button", "banner", "layout", "copy", "ranking", "tooltip", "empty_state"} {
		for _, area := range areas {
			made = append(made,
				Event{Name: fmt.Sprintf("exp_%s_%s_v%d", area, thing, version%3+1), Type: TypeExposure},
				Event{Name: fmt.Sprintf("%s_%s_clicked", area, thing), Type: TypeCustom})
		}
	}
	return made
}
