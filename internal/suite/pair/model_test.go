package pair_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/pairing/model"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// simulation is one Pair with a simulated gateway.
type simulation struct {
	*model.Gateway

	transport *model.Transport
	screen    *model.Screen
	numbers   map[int]int // code by sequence number
	ends      int
	paired    bool
}

func simulate(t *testing.T, kind model.Kind, seed uint64, length time.Duration, opts ...whatspie.PairOption) *simulation {
	t.Helper()
	gateway := model.New(kind, seed)
	s := &simulation{Gateway: gateway, transport: gateway.Transport(), screen: model.NewScreen(gateway), numbers: map[int]int{}}
	client := wiretest.NewClient(t, whatspie.WithHTTPClient(&http.Client{Transport: s.transport}))
	time.AfterFunc(length, s.Scan)
	for event, err := range client.Devices.Pair(t.Context(), 1, opts...) {
		require.Zero(t, s.ends, "nothing follows the end")
		switch {
		case err != nil:
			require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
			s.ends++
		case event.Kind == whatspie.PairPaired:
			s.ends, s.paired = s.ends+1, true
		case event.Kind == whatspie.PairQR:
			code := s.transport.CodeOf(event.QR.PNG())
			if known := s.numbers[event.Sequence]; known != 0 {
				require.Equal(t, known, code, "a number has one code")
			}
			s.numbers[event.Sequence] = code
			s.screen.Show(code)
		case event.Kind == whatspie.PairQRExpired:
			s.screen.Show(0)
		}
	}
	return s
}

func TestPair_simulatedGateways(t *testing.T) {
	t.Parallel()
	for _, kind := range model.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			var tally model.Tally
			for seed := range schedulesOf(kind) {
				synctest.Test(t, func(t *testing.T) {
					s := simulate(t, kind, seed, 4*time.Minute, whatspie.WithMaxQRCodes(100))
					assert.Equal(t, 1, s.ends)
					assert.True(t, s.paired)
					assert.LessOrEqual(t, s.Now(), 4*time.Minute+3*time.Second+kind.StatusLag, "noticed by the next poll")
					tally.Add(s.screen)
				})
				synctest.Test(t, func(t *testing.T) {
					const codes = 3
					s := simulate(t, kind, seed, time.Hour, whatspie.WithMaxQRCodes(codes))
					assert.Equal(t, 1, s.ends)
					assert.Len(t, s.numbers, codes)
				})
			}
			got := tally.Figures()
			got.Dead, got.Blank = got.Dead/2, got.Blank/2 // with so few schedules the shares vary by chance
			assert.True(t, got.Within(kind.Bounds), "%+v, and not within %+v", got, kind.Bounds)
		})
	}
}

// schedulesOf is how many schedules a kind of gateway gets: the number of requests varies most when responses are lost.
func schedulesOf(kind model.Kind) uint64 {
	if kind.LostShare > 0 {
		return 20
	}
	return 2
}

// Pair loops send fewer code requests in an outage, whatever its kind.
func TestPair_loadInAnOutage(t *testing.T) {
	t.Parallel()
	const loops, healthy = 100, 12.0
	for name, answer := range map[string]wiretest.Reply{
		"502":     {Status: 502, Body: "<html>bad gateway</html>"},
		"reset":   wiretest.Fail(wiretest.ErrReset()),
		"silence": {Stall: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				down := &outageOf{reply: answer}
				client := wiretest.NewClient(t, wiretest.WithTransport(down))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				inParallel(loops, func() { _, _, _ = wiretest.Pair(ctx, client, 1) })
				perMinute := float64(down.codes()) / loops / 10
				assert.Less(t, perMinute, healthy/3)
				assert.Greater(t, perMinute, 1.0, "it goes on")
			})
		})
	}
}

// Clients with the same Retry-After do not return at once.
func TestPair_spreadsRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const loops = 300
		down := &outageOf{reply: wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"30"}}}}
		client := wiretest.NewClient(t, wiretest.WithTransport(down))
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		inParallel(loops, func() { _, _, _ = wiretest.Pair(ctx, client, 1) })
		slots := map[time.Duration]int{}
		for _, at := range down.at[loops:] {
			since := at.Sub(down.at[0])
			assert.GreaterOrEqual(t, since, 30*time.Second)
			slots[since.Truncate(10*time.Millisecond)]++
		}
		assert.Len(t, down.at, 2*loops)
		for slot, count := range slots {
			assert.LessOrEqual(t, count, loops/20, "%v", slot)
		}
	})
}

// outageOf returns the same reply to every code request, and an unpaired device otherwise.
type outageOf struct {
	reply wiretest.Reply

	mu sync.Mutex
	at []time.Time // times of code requests
}

func (o *outageOf) RoundTrip(r *http.Request) (*http.Response, error) {
	if !wiretest.IsQRRequest(r) {
		return wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":1,"paired_status":"UNPAIRED"}}`)).RoundTrip(r)
	}
	o.mu.Lock()
	o.at = append(o.at, time.Now())
	o.mu.Unlock()
	return wiretest.NewScript(o.reply).RoundTrip(r)
}

func (o *outageOf) codes() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.at)
}

func inParallel(n int, do func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(do)
	}
	all.Wait()
}
