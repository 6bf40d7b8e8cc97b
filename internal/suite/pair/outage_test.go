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
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestPair_continuesAfterOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		badGateway := whatspietest.Fault{Times: -1, Status: 502, Body: "<html>bad gateway</html>"}
		time.AfterFunc(time.Second, func() { srv.Inject(badGateway) })
		time.AfterFunc(10*time.Minute, func() { srv.ClearFaults(); srv.Scan(id) })

		_, events, err := wiretest.Pair(t.Context(), srv.Client(), id)

		require.NoError(t, err)
		retries := 0
		for _, event := range events {
			if event.Kind == whatspie.PairRetry {
				retries++
				require.ErrorIs(t, event.Err, whatspie.ErrServer)
			}
		}
		assert.Greater(t, retries, 10, "each failed poll is reported")
		assert.Equal(t, whatspie.PairPaired, events[len(events)-1].Kind)
	})
}

// Pair sends fewer code requests in an outage, whatever its kind.
func TestPair_reducesLoadInOutage(t *testing.T) {
	t.Parallel()
	const loops, healthyPerMinute = 100, 12.0
	for name, reply := range map[string]wiretest.Reply{
		"502":              {Status: 502, Body: "<html>bad gateway</html>"},
		"connection reset": wiretest.Fail(wiretest.ConnectionReset()),
		"no response":      {Stall: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				transport := &outage{reply: reply}
				client := wiretest.NewClient(t, wiretest.WithTransport(transport))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				inParallel(loops, func() { _, _, _ = wiretest.Pair(ctx, client, 1) })
				perMinute := float64(transport.requests()) / loops / 10
				assert.Less(t, perMinute, healthyPerMinute/3)
				assert.Greater(t, perMinute, 1.0, "Pair continues")
			})
		})
	}
}

// Loops with the same Retry-After do not send their next requests at once.
func TestPair_spreadsRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const loops = 300
		transport := &outage{reply: wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"30"}}}}
		client := wiretest.NewClient(t, wiretest.WithTransport(transport))
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		inParallel(loops, func() { _, _, _ = wiretest.Pair(ctx, client, 1) })
		slots := map[time.Duration]int{}
		for _, sentAt := range transport.sentAt[loops:] {
			wait := sentAt.Sub(transport.sentAt[0])
			assert.GreaterOrEqual(t, wait, 30*time.Second)
			slots[wait.Truncate(10*time.Millisecond)]++
		}
		assert.Len(t, transport.sentAt, 2*loops)
		for slot, count := range slots {
			assert.LessOrEqual(t, count, loops/20, "requests after %v", slot)
		}
	})
}

// outage is a transport that returns the same reply to every code request, and an unpaired device otherwise.
type outage struct {
	reply wiretest.Reply

	mu     sync.Mutex
	sentAt []time.Time // of code requests
}

func (o *outage) RoundTrip(r *http.Request) (*http.Response, error) {
	if !wiretest.IsQRRequest(r) {
		return wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":1,"paired_status":"UNPAIRED"}}`)).RoundTrip(r)
	}
	o.mu.Lock()
	o.sentAt = append(o.sentAt, time.Now())
	o.mu.Unlock()
	return wiretest.NewScript(o.reply).RoundTrip(r)
}

func (o *outage) requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sentAt)
}

// inParallel calls a function n times at once, and waits for all calls.
func inParallel(n int, call func()) {
	var calls sync.WaitGroup
	for range n {
		calls.Go(call)
	}
	calls.Wait()
}
