package statsigtest

import "fmt"

// The event types of a report: exposures are checks of a gate, an experiment
// or a dynamic config, custom events are logged by name.
const (
	TypeExposure = "exposure"
	TypeCustom   = "custom"
)

// shopLaunch is the gate whose launch the demo shows.
const shopLaunch = "checkout_redesign"

// DemoProjects returns three projects: "demo", a web shop with some 300
// series, whose key is the demo's; "mobile", an app with more events and a
// weaker weekend dip; and "internal", a small tool that sleeps at weekends.
func DemoProjects() []Project {
	return []Project{
		{Name: "demo", Key: "console-demo", Scale: 400_000, Weekend: 0.6, Events: shopEvents(), Launch: shopLaunch},
		{Name: "mobile", Key: "console-mobile", Scale: 2_500_000, Weekend: 0.9, Events: appEvents(), Launch: "new_onboarding"},
		{Name: "internal", Key: "console-internal", Scale: 9_000, Weekend: 0.1, Events: toolEvents(), Launch: "bulk_editor"},
	}
}

func sdkNames() []string {
	return []string{"js-client", "node-server", "ios-client", "android-client", "go-server", "react-client", "http-api"}
}

func shopEvents() []Event {
	named := events(TypeCustom, "page_view", "product_viewed", "search_performed", "add_to_cart")
	named = append(named, events(TypeExposure, "search_ranking_v4", "free_shipping_banner", "recommendations_model", "price_display")...)
	named = append(named, events(TypeCustom, "Checkout, step 1", "Checkout, step 2", "Checkout, step 3", "purchase", "session_start", "web_vitals")...)
	named = append(named, events(TypeExposure, shopLaunch, "payment_methods", "Größentabelle", "holiday_theme", "fraud_rules")...)
	named = append(named, events(TypeCustom, `Clicked "Buy now"`, "añadir_a_favoritos", "購入完了", "newsletter_signup", "coupon_applied", "refund_requested", "review_written")...)
	return append(named, tail("home", "search", "cart", "checkout", "profile", "pricing", "email", "reviews")...)
}

func appEvents() []Event {
	named := events(TypeCustom, "app_open", "screen_view", "feed_scrolled", "video_played", "push_received")
	named = append(named, events(TypeExposure, "feed_ranking", "new_onboarding", "autoplay", "dark_mode_default", "video_codec")...)
	named = append(named, events(TypeCustom, "Shared (photo, video)", "friend_invited", "app_crash", "partage_effectué", "subscription_started")...)
	return append(named, tail("feed", "player", "chat", "camera", "paywall", "settings")...)
}

func toolEvents() []Event {
	named := events(TypeCustom, "login", "record_saved", "report_exported", "Import, nightly")
	named = append(named, events(TypeExposure, "bulk_editor", "audit_log", "sso_enforced")...)
	return append(named, tail("table", "report")...)
}

func events(kind string, names ...string) []Event {
	made := make([]Event, len(names))
	for i, name := range names {
		made[i] = Event{Name: name, Type: kind}
	}
	return made
}

// tail makes the many small events that a project gathers over the years: per
// area some experiments and the clicks that go with them.
func tail(areas ...string) []Event {
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
