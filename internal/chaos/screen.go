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

// pairingTime is how long each simulated pairing runs. No phone scans a code.
const pairingTime = 4 * time.Minute

// screens measures whether the codes that Pair shows can be scanned, with simulated gateways in virtual time.
func screens(t *testing.T, schedules uint64) (figures *table, violations []string) {
	t.Helper()
	figures = newTable("gateway", "invalid share", "longest invalid", "no-code share", "requests per minute")
	for _, kind := range model.Kinds() {
		var tally model.Tally
		for seed := range schedules {
			synctest.Test(t, func(t *testing.T) {
				if err := measureScreen(t.Context(), kind, seed, &tally); err != nil {
					violations = append(violations, fmt.Sprintf("%s, schedule %d: %v", kind.Name, seed, err))
				}
			})
		}
		got := tally.Figures()
		figures.row(kind.Name, percent(got.Invalid), fmt.Sprintf("%.1f s", got.LongestInvalid.Seconds()),
			percent(got.Blank), fmt.Sprintf("%.1f", got.PerMinute))
		if !got.Within(kind.Bounds) {
			violations = append(violations, fmt.Sprintf("%s: %+v exceeds %+v", kind.Name, got, kind.Bounds))
		}
	}
	return figures, violations
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func measureScreen(ctx context.Context, kind model.Kind, seed uint64, tally *model.Tally) error {
	gateway := model.New(kind, seed)
	transport, screen := gateway.Transport(), model.NewScreen(gateway)
	client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pairingTime)
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
