package statsigtest

import "statsig_exporter/statsig/simulate"

// What a report is made of is the demo's.
type (
	// Options configure a Server.
	Options = simulate.Options
	// Project is one simulated Statsig project.
	Project = simulate.Project
	// Event is an event of a project.
	Event = simulate.Event
	// Arrival says how late usage can be read.
	Arrival = simulate.Arrival
	// Row is one row of a report.
	Row = simulate.Row
)

// The event types of a report.
const (
	TypeExposure = simulate.TypeExposure
	TypeCustom   = simulate.TypeCustom
)

// projects returns the demo's project, "demo"; "mobile", an app with more
// events and a weaker weekend dip; and "internal", a small tool that sleeps at
// weekends.
func projects() []Project {
	return append(simulate.Demo().Projects,
		Project{Name: "mobile", Title: "Mobile App", Key: "console-mobile", Scale: 2_500_000, Weekend: 0.9, Events: appEvents(), Launch: "new_onboarding"},
		Project{Name: "internal", Key: "console-internal", Scale: 9_000, Weekend: 0.1, Events: toolEvents(), Launch: "bulk_editor"})
}

func appEvents() []simulate.Event {
	named := simulate.Events(simulate.TypeCustom, "app_open", "screen_view", "feed_scrolled", "video_played", "push_received")
	named = append(named, simulate.Events(simulate.TypeExposure, "feed_ranking", "new_onboarding", "autoplay", "dark_mode_default", "video_codec")...)
	named = append(named, simulate.Events(simulate.TypeCustom, "Shared (photo, video)", "friend_invited", "app_crash", "partage_effectué", "subscription_started")...)
	return append(named, simulate.Tail("feed", "player", "chat", "camera", "paywall", "settings")...)
}

func toolEvents() []simulate.Event {
	named := simulate.Events(simulate.TypeCustom, "login", "record_saved", "report_exported", "Import, nightly")
	named = append(named, simulate.Events(simulate.TypeExposure, "bulk_editor", "audit_log", "sso_enforced")...)
	return append(named, simulate.Tail("table", "report")...)
}
