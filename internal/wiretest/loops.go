package wiretest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// IsQRRequest reports whether a request is for a QR code.
func IsQRRequest(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/qr") }

// Step is the kind of an event and the seconds from the start to it, in virtual time.
type Step struct {
	Kind whatspie.PairEventKind
	At   float64
}

// At returns a step.
func At(seconds float64, kind whatspie.PairEventKind) Step { return Step{Kind: kind, At: seconds} }

// Pair ranges over Pair until it ends, and returns the events and the error.
func Pair(
	ctx context.Context, client *whatspie.Client, id int64, opts ...whatspie.PairOption,
) ([]Step, []whatspie.PairEvent, error) {
	start := time.Now()
	var steps []Step
	var events []whatspie.PairEvent
	for event, err := range client.Devices.Pair(ctx, id, opts...) {
		if err != nil {
			return steps, events, err
		}
		steps = append(steps, Step{event.Kind, time.Since(start).Seconds()})
		events = append(events, event)
	}
	return steps, events, nil
}

// CodeSteps returns the steps that change the code shown.
func CodeSteps(steps []Step) []Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s Step) bool {
		return s.Kind != whatspie.PairQR && s.Kind != whatspie.PairQRExpired
	})
}

// Watch ranges over Watch for a period of virtual time, and returns the seconds and the description of each event.
func Watch(t *testing.T, client *whatspie.Client, period time.Duration, opts ...whatspie.WatchOption) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), period)
	defer cancel()
	start := time.Now()
	var events []string
	for event, err := range client.Devices.Watch(ctx, opts...) {
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
		events = append(events, fmt.Sprintf("%v %s", time.Since(start).Seconds(), Describe(event)))
	}
	return events
}

// WithoutTimes removes the times from the output of [Watch].
func WithoutTimes(events []string) []string {
	descriptions := make([]string, len(events))
	for i, event := range events {
		_, descriptions[i], _ = strings.Cut(event, " ")
	}
	return descriptions
}

// Describe describes an event in a few words.
func Describe(event whatspie.WatchEvent) string {
	switch event.Kind {
	case whatspie.WatchDevice:
		return fmt.Sprintf("%d %s", event.Device.ID, event.Device.PairedStatus)
	case whatspie.WatchAdded:
		return fmt.Sprintf("%d added %s", event.Device.ID, event.Device.PairedStatus)
	case whatspie.WatchChanged:
		return fmt.Sprintf("%d %s to %s", event.Device.ID, event.Previous.PairedStatus, event.Device.PairedStatus)
	case whatspie.WatchRemoved:
		return fmt.Sprintf("%d removed", event.Device.ID)
	case whatspie.WatchSynced:
		return "synced"
	case whatspie.WatchRetry:
		return "retry"
	default:
		return event.Kind.String()
	}
}

// CancelAfterThree cancels the context of a sequence after its third element, of an account with 50 devices. It returns
// the fourth element's error, which must be the last.
func CancelAfterThree[T any](
	t *testing.T, sequence func(context.Context, *whatspie.Client) iter.Seq2[T, error],
) error {
	t.Helper()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for range 50 {
		srv.AddDevice(whatspie.Device{})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs []error
	for _, err := range sequence(ctx, srv.Client()) {
		if errs = append(errs, err); len(errs) == 3 {
			cancel()
		}
	}
	require.Len(t, errs, 4)
	require.NoError(t, errors.Join(errs[:3]...))
	return errs[3]
}
