package pairing_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/pairing"
	"github.com/whatspie-go/whatspie/internal/pairing/model"
)

// schedules is the number of random schedules per kind of gateway.
var schedules = flag.Uint64("schedules", 60, "random schedules for each kind of gateway")

// pollInterval is Pair's default.
const pollInterval = 3 * time.Second

var (
	errLost   = errors.New("lost")
	errNotYet = errors.New("not yet")
	errFinal  = errors.New("final")
)

// defaults are Pair's default limits.
func defaults() pairing.Limits {
	return pairing.Limits{Lifetime: 20 * time.Second, Recheck: 5 * time.Second, Patience: 2 * time.Minute, MaxCodes: 6}
}

// unlimited are the defaults without a limit on codes.
func unlimited() pairing.Limits {
	limits := defaults()
	limits.MaxCodes = 1000
	return limits
}

// simulation is one session with a simulated gateway.
type simulation struct {
	*model.Gateway

	kind    model.Kind
	screen  *model.Screen
	session *pairing.Session[int, string]
	numbers map[int]int // code by number
	events  []pairing.Event[int, string]
}

func simulate(kind model.Kind, seed uint64, limits pairing.Limits) *simulation {
	s := &simulation{Gateway: model.New(kind, seed), kind: kind, numbers: map[int]int{}}
	s.screen = model.NewScreen(s.Gateway)
	device := func(context.Context) (string, error) { return s.device() }
	s.session = pairing.New(newGateway(s.code, device), limits)
	return s
}

// newGateway returns a gateway whose codes are equal if their values are, and whose devices are statuses.
func newGateway[C comparable](
	code func(context.Context) (C, error), device func(context.Context) (string, error),
) pairing.Gateway[C, string] {
	return pairing.Gateway[C, string]{
		Code:      code,
		Device:    device,
		SameCode:  func(a, b C) bool { return a == b },
		Status:    status,
		SameState: func(a, b string) bool { return a == b },
		Classify:  classify,
	}
}

func (s *simulation) code(ctx context.Context) (int, error) {
	if err := model.Sleep(ctx.Done(), s.kind.RequestDelay); err != nil {
		return 0, err
	}
	code, response := s.Code()
	if response == model.Hangs {
		<-ctx.Done()
	}
	if err := model.Sleep(ctx.Done(), s.kind.ResponseDelay); err != nil {
		return 0, err
	}
	switch response {
	case model.HasCode:
		return code, nil
	case model.NoCode, model.Connected:
		return 0, errNotYet
	default:
		return 0, errLost
	}
}

func (s *simulation) device() (string, error) {
	if status := s.Status(); status != "" {
		return status, nil
	}
	return "", errLost
}

func status(device string) pairing.Status {
	switch device {
	case "PAIRED":
		return pairing.Paired
	case "EXPIRED":
		return pairing.Expired
	case "SUSPENDED":
		return pairing.Suspended
	default:
		return pairing.Waiting
	}
}

func classify(err error) (pairing.Failure, time.Duration) {
	switch {
	case errors.Is(err, errFinal):
		return pairing.Final, 0
	case errors.Is(err, errNotYet):
		return pairing.NotYet, 0
	default:
		return pairing.Outage, 0
	}
}

// poll delivers the status once per interval.
func (s *simulation) poll(ctx context.Context) {
	for model.Sleep(ctx.Done(), pollInterval) == nil {
		began := time.Now()
		device, err := s.device()
		if err == nil {
			s.session.Seen(device, began)
		}
		s.session.Polled(err)
	}
}

// run runs the session until it ends, or for the given time.
func (s *simulation) run(ctx context.Context, limit time.Duration) pairing.End[string] {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	go s.poll(ctx)
	return s.session.Run(ctx, func(e pairing.Event[int, string]) bool {
		s.events = append(s.events, e)
		switch e.Kind {
		case pairing.Show:
			s.numbers[e.Number] = e.Code
			s.screen.Show(e.Code)
		case pairing.Withdraw:
			s.screen.Show(0)
		default:
		}
		return true
	})
}

// forEachKind runs the check for each kind of gateway.
func forEachKind(t *testing.T, check func(t *testing.T, kind model.Kind)) {
	t.Helper()
	for _, kind := range model.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			check(t, kind)
		})
	}
}

// What a person sees stays within the bounds of each kind of gateway.
func TestModel_staysWithinBounds(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, kind model.Kind) {
		t.Helper()
		var tally model.Tally
		for seed := range *schedules {
			synctest.Test(t, func(t *testing.T) {
				s := simulate(kind, seed, unlimited())
				s.run(t.Context(), 4*time.Minute)
				tally.Add(s.screen)
			})
		}
		got := tally.Figures()
		assert.True(t, got.Within(kind.Bounds), "%+v exceeds %+v", got, kind.Bounds)
		t.Logf("%+v", got)
	})
}

// With each kind of gateway, a session shows at most MaxCodes codes and notices a scan at the next poll.
func TestModel_endsOnScanOrMaxCodes(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, kind model.Kind) {
		t.Helper()
		for seed := range *schedules {
			synctest.Test(t, func(t *testing.T) {
				limits := defaults()
				limits.MaxCodes = 1 + int(seed%6)
				s := simulate(kind, seed, limits)
				// The millisecond keeps the scan apart from the end of a code.
				scannedAt := time.Duration(seed)*7*time.Second/2 + time.Millisecond //nolint:gosec // a few minutes
				scan := time.AfterFunc(scannedAt, s.Scan)
				end := s.run(t.Context(), time.Hour)
				s.check(t, limits, end)
				switch end.Reason {
				case pairing.Connected:
					assert.Equal(t, "PAIRED", end.Device)
					assert.GreaterOrEqual(t, s.Now(), scannedAt)
					assert.LessOrEqual(t, s.Now(), scannedAt+pollInterval+kind.StatusLag+kind.DownFor, "the scan was noticed too late")
				case pairing.Exhausted:
					assert.LessOrEqual(t, s.Now(), scannedAt+kind.StatusLag, "the scan was not noticed")
					assert.Equal(t, limits.MaxCodes, end.Codes)
					assert.True(t, scan.Stop() || kind.StatusLag > 0)
				default:
					assert.Fail(t, "unexpected end", "%+v", end)
				}
			})
		}
	})
}

// check verifies the invariants of every session.
func (s *simulation) check(t *testing.T, limits pairing.Limits, end pairing.End[string]) {
	t.Helper()
	require.LessOrEqual(t, len(s.numbers), limits.MaxCodes)
	assert.Len(t, s.numbers, end.Codes)
	last := 0
	isShown := false
	for _, e := range s.events {
		switch e.Kind {
		case pairing.Show:
			assert.True(t, e.Number == last+1 || e.Number == last && !isShown, "number %d after %d", e.Number, last)
			assert.Equal(t, s.numbers[e.Number], e.Code, "the code of a number changed")
			last, isShown = e.Number, true
		case pairing.Withdraw:
			assert.True(t, isShown)
			assert.Equal(t, last, e.Number)
			isShown = false
		case pairing.Failed:
			require.Error(t, e.Err)
		case pairing.Changed:
			assert.NotEmpty(t, e.Device)
		default:
			assert.Fail(t, "unexpected kind", "%+v", e)
		}
	}
}

// fmt does not print the code that a session holds.
func TestSession_hidesCodeFromFmt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		secret := "2@secret"
		code := func(context.Context) (*string, error) { return &secret, nil }
		session := pairing.New(newGateway(code, unpaired), defaults())
		session.Run(t.Context(), func(pairing.Event[*string, string]) bool { return false })
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			assert.NotContains(t, fmt.Sprintf(verb, session), secret)
		}
	})
}
