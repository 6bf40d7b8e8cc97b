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

// defaults is Pair's default rule.
func defaults() pairing.Rule {
	return pairing.Rule{Lifetime: 20 * time.Second, Recheck: 5 * time.Second, Patience: 2 * time.Minute, MaxCodes: 6}
}

// endless is defaults without a limit on codes.
func endless() pairing.Rule {
	rule := defaults()
	rule.MaxCodes = 1000
	return rule
}

// world is one session with a simulated gateway.
type world struct {
	*model.Gateway

	kind    model.Kind
	screen  *model.Screen
	session *pairing.Session[int, string]
	numbers map[int]int // code by number
	onShow  int
	events  []pairing.Event[int, string]
}

func newWorld(kind model.Kind, seed uint64, rule pairing.Rule) *world {
	w := &world{Gateway: model.New(kind, seed), kind: kind, numbers: map[int]int{}}
	w.screen = model.NewScreen(w.Gateway)
	w.session = pairing.New(pairing.Gateway[int, string]{
		Code:       w.code,
		Device:     func(context.Context) (string, error) { return w.device() },
		SameCode:   func(a, b int) bool { return a == b },
		Status:     status,
		SameDevice: func(string, string) bool { return true },
		SameState:  func(a, b string) bool { return a == b },
		Judge:      judge,
	}, rule)
	return w
}

func (w *world) code(ctx context.Context) (int, error) {
	if err := model.Sleep(ctx.Done(), w.kind.There); err != nil {
		return 0, err
	}
	code, response := w.Code()
	if response == model.Hangs {
		<-ctx.Done()
	}
	if err := model.Sleep(ctx.Done(), w.kind.Back); err != nil {
		return 0, err
	}
	switch response {
	case model.Arrives:
		return code, nil
	case model.None, model.Connected:
		return 0, errNotYet
	default:
		return 0, errLost
	}
}

func (w *world) device() (string, error) {
	if status := w.Status(); status != "" {
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

func judge(err error) (pairing.Verdict, time.Duration) {
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
func (w *world) poll(ctx context.Context) {
	for model.Sleep(ctx.Done(), pollInterval) == nil {
		began := time.Now()
		device, err := w.device()
		if err == nil {
			w.session.Seen(device, began)
		}
		w.session.Polled(err)
	}
}

// run continues until the session ends or the time is over.
func (w *world) run(ctx context.Context, length time.Duration) pairing.End[string] {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	go w.poll(ctx)
	return w.session.Run(ctx, func(e pairing.Event[int, string]) bool {
		w.events = append(w.events, e)
		switch e.Kind {
		case pairing.Show:
			w.onShow = e.Code
			w.numbers[e.Number] = e.Code
			w.screen.Show(e.Code)
		case pairing.TakeBack:
			w.onShow = 0
			w.screen.Show(0)
		default:
		}
		return true
	})
}

func forEach(t *testing.T, check func(t *testing.T, kind model.Kind)) {
	t.Helper()
	for _, kind := range model.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			check(t, kind)
		})
	}
}

func TestModel_screen(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, kind model.Kind) {
		t.Helper()
		var tally model.Tally
		for seed := range *schedules {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(kind, seed, endless())
				w.run(t.Context(), 4*time.Minute)
				tally.Add(w.screen)
			})
		}
		got := tally.Figures()
		assert.True(t, got.Within(kind.Bounds), "%+v, and not within %+v", got, kind.Bounds)
		t.Logf("%+v", got)
	})
}

// Every gateway: one end, at most MaxCodes codes, and a scan noticed by the next poll.
func TestModel_end(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, kind model.Kind) {
		t.Helper()
		for seed := range *schedules {
			synctest.Test(t, func(t *testing.T) {
				rule := defaults()
				rule.MaxCodes = 1 + int(seed%6)
				w := newWorld(kind, seed, rule)
				scannedAt := time.Duration(seed)*7*time.Second/2 + time.Millisecond //nolint:gosec // a few minutes, and not when a code ends
				scan := time.AfterFunc(scannedAt, w.Scan)
				end := w.run(t.Context(), time.Hour)
				w.check(t, rule, end)
				switch end.Reason {
				case pairing.Connected:
					assert.Equal(t, "PAIRED", end.Device)
					assert.GreaterOrEqual(t, w.Now(), scannedAt)
					assert.LessOrEqual(t, w.Now(), scannedAt+pollInterval+kind.StatusLag+kind.DownFor, "noticed late")
				case pairing.Exhausted:
					assert.LessOrEqual(t, w.Now(), scannedAt+kind.StatusLag, "a phone that scanned is noticed")
					assert.Equal(t, rule.MaxCodes, end.Codes)
					assert.True(t, scan.Stop() || kind.StatusLag > 0)
				default:
					assert.Fail(t, "no such end", "%+v", end)
				}
			})
		}
	})
}

// check verifies the invariants of every session.
func (w *world) check(t *testing.T, rule pairing.Rule, end pairing.End[string]) {
	t.Helper()
	require.LessOrEqual(t, len(w.numbers), rule.MaxCodes)
	assert.Len(t, w.numbers, end.Codes)
	last := 0
	onShow := false
	for _, e := range w.events {
		switch e.Kind {
		case pairing.Show:
			assert.True(t, e.Number == last+1 || e.Number == last && !onShow, "%d after %d", e.Number, last)
			assert.Equal(t, w.numbers[e.Number], e.Code, "a number has one code")
			last, onShow = e.Number, true
		case pairing.TakeBack:
			assert.True(t, onShow)
			assert.Equal(t, last, e.Number)
			onShow = false
		case pairing.Failed:
			require.Error(t, e.Err)
		case pairing.Changed:
			assert.NotEmpty(t, e.Device)
		default:
			assert.Fail(t, "no such kind", "%+v", e)
		}
	}
}

// fmt never prints the code of a session.
func TestSession_showsNoCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(model.Kinds()[0], 1, defaults())
		w.run(t.Context(), time.Minute)
		secret := "2@secret"
		session := pairing.New(pairing.Gateway[*string, string]{
			Code:       func(context.Context) (*string, error) { return &secret, nil },
			Device:     func(context.Context) (string, error) { return "", nil },
			SameCode:   func(a, b *string) bool { return a == b },
			Status:     status,
			SameDevice: func(string, string) bool { return true },
			SameState:  func(a, b string) bool { return a == b },
			Judge:      judge,
		}, defaults())
		session.Run(t.Context(), func(pairing.Event[*string, string]) bool { return false })
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			assert.NotContains(t, fmt.Sprintf(verb, session), secret)
		}
	})
}
