package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/pairing/model"
)

// watched is how long each pairing is looked at. Nobody scans.
const watched = 4 * time.Minute

// screens measures what a person in front of Pair's codes meets, with simulated gateways and in virtual time.
func screens(t *testing.T, schedules uint64) (*table, []string) {
	t.Helper()
	figures := newTable("gateway", "dead share", "dead at worst", "blank share", "requests a minute")
	var broken []string
	for _, kind := range model.Kinds() {
		var tally model.Tally
		for seed := range schedules {
			synctest.Test(t, func(t *testing.T) {
				if err := measure(t.Context(), kind, seed, &tally); err != nil {
					broken = append(broken, fmt.Sprintf("%s, schedule %d: %v", kind.Name, seed, err))
				}
			})
		}
		got := tally.Figures()
		figures.row(kind.Name, share(got.Invalid), fmt.Sprintf("%.1f s", got.LongestInvalid.Seconds()), share(got.Blank), fmt.Sprintf("%.1f", got.PerMinute))
		if !got.Within(kind.Bounds) {
			broken = append(broken, fmt.Sprintf("%s: %+v, and not within %+v", kind.Name, got, kind.Bounds))
		}
	}
	return figures, broken
}

func share(of float64) string { return fmt.Sprintf("%.1f %%", 100*of) }

func measure(ctx context.Context, kind model.Kind, seed uint64, tally *model.Tally) error {
	gateway := model.New(kind, seed)
	transport, screen := gateway.Transport(), model.NewScreen(gateway)
	client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, watched)
	defer cancel()
	for event, err := range client.Devices.Pair(ctx, 1, whatspie.WithMaxQRCodes(1000)) {
		switch {
		case errors.Is(err, context.DeadlineExceeded):
		case err != nil:
			return err
		case event.Kind == whatspie.PairQR:
			screen.Show(transport.CodeOf(event.QR.PNG()))
		case event.Kind == whatspie.PairQRExpired:
			screen.Show(0)
		}
	}
	tally.Add(screen)
	return nil
}
