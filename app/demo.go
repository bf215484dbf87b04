package app

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/plan"
	"statsig_exporter/statsig"
	"statsig_exporter/statsig/simulate"
)

// demoProject is the name of the demo's project.
const demoProject = "demo"

// startDemo makes a simulated Console API on a loopback port a member of group,
// and returns the configuration that polls it.
func startDemo(ctx context.Context, group *errgroup.Group) (*config.Config, error) {
	simulated := simulate.Demo()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the simulated Console API: %w", err)
	}
	server := &http.Server{Handler: simulate.New(simulated), ReadHeaderTimeout: 10 * time.Second}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the simulated Console API: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	cfg := config.Default(config.KeySource{Inline: statsig.NewSecret(simulated.Projects[0].Key)})
	cfg.Projects[0].Name = demoProject
	// Four weeks beside the day show from the start what is unusual about the day.
	cfg.Windows = append(cfg.Windows, config.Window{
		Name: "four_weeks", Period: config.Period{Rolling: 28 * 24 * time.Hour}, Lookback: cfg.Windows[0].Lookback, Location: cfg.Global.Location,
	})
	// Plans count the running month. Their forecasts start from the month before.
	month := config.Window{Name: "month", Period: config.Period{Calendar: config.Month}, Current: true, Location: cfg.Global.Location}
	lastMonth := month
	lastMonth.Name, lastMonth.Current = "last_month", false
	cfg.Windows = append(cfg.Windows, month, lastMonth)
	cfg.AddPlan(demoPlan())
	cfg.API.BaseURL = &url.URL{Scheme: "http", Host: listener.Addr().String()}
	return cfg, nil
}

// demoPlan returns a plan whose included units the demo's project uses up, or nearly,
// in a month.
func demoPlan() plan.Plan {
	return plan.Plan{
		Name: "enterprise", Projects: []string{demoProject}, Currency: "USD", BaseFee: big.NewRat(150, 1),
		Meters: []plan.Meter{{
			Name: "events", Metric: "statsig_usage_billable_events", Included: big.NewRat(9_000_000, 1),
			Tiers: []plan.Tier{{PricePerUnit: big.NewRat(5, 100_000)}},
		}},
		Showback: plan.Showback{Labels: []string{"event_type"}},
		Budgets:  []plan.Budget{{Labels: map[string]string{"event_type": "custom"}, Amount: big.NewRat(120, 1)}},
	}
}
