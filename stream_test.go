package whatspie_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestAll_readsEveryListForm(t *testing.T) {
	t.Parallel()
	for name, test := range wiretest.Lists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(test.Reply)
			all := s.Client(t).Devices.All(t.Context())
			assert.Empty(t, s.Requests(), "nothing is sent before the range")
			for range 2 { // each range makes its own call
				ids, err := wiretest.Drain(t, all)
				require.NoError(t, err)
				assert.Equal(t, test.IDs, ids)
			}
			assert.Len(t, s.Requests(), 2)
			s.AssertClosed(t, 2)
		})
	}
}

func TestAll_rejectsOtherBodies(t *testing.T) {
	t.Parallel()
	for name, body := range wiretest.NotLists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(body))
			ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.LessOrEqual(t, len(ids), 1, "what came before the error is handed out")
			assert.Len(t, s.Requests(), 1)
			s.AssertClosed(t, 1)
		})
	}
}

func TestAll_yieldsDevicesAsBytesArrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		s := wiretest.NewScript(wiretest.Reply{Status: 200, Stream: reader})
		written := 0
		send := func(text string) {
			_, err := io.WriteString(writer, text)
			assert.NoError(t, err)
			written++
		}
		go func() {
			send(`{"status":200,"data":[{"id":1}`)
			time.Sleep(time.Second)
			send(`,{"id":2}`)
			time.Sleep(time.Second)
			send(`]}`)
			assert.NoError(t, writer.Close())
		}()
		start := time.Now()
		var arrived []time.Duration
		for device, err := range s.Client(t).Devices.All(t.Context()) {
			require.NoError(t, err)
			arrived = append(arrived, time.Since(start))
			synctest.Wait() // until the writer blocks
			assert.Equal(t, device.ID, int64(written), "the rest is not even written")
		}
		assert.Equal(t, []time.Duration{0, time.Second}, arrived)
	})
}

func TestAll_limitsSizeOfEachDevice(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat(fmt.Sprintf(`{"id":1,"name":"%0900d"},`, 0), 50) + `{"id":2}]`
	ids, err := wiretest.Drain(t, wiretest.NewScript(wiretest.OK(many)).Client(t, whatspie.WithMaxResponseBytes(1000)).Devices.All(t.Context()))
	require.NoError(t, err)
	assert.Len(t, ids, 51)

	exact := `[{"id":1}]` + strings.Repeat(" ", 1000)
	ids, err = wiretest.Drain(t, wiretest.NewScript(wiretest.OK(exact)).Client(t, whatspie.WithMaxResponseBytes(int64(len(exact)))).Devices.All(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, []int64{1}, ids)

	one := `[{"id":1},` + fmt.Sprintf(`{"id":2,"name":"%02000d"}]`, 0)
	s := wiretest.NewScript(wiretest.OK(one))
	ids, err = wiretest.Drain(t, s.Client(t, wiretest.NoWaits, whatspie.WithMaxResponseBytes(1000)).Devices.All(t.Context()))
	assert.Equal(t, []int64{1}, ids)
	wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
	assert.Len(t, s.Requests(), 1)
}

func TestAll_failsWhenServerStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalled := wiretest.NewScript(wiretest.Reply{Status: 200, Body: `[{"id":1}`, StallBody: true})
		start := time.Now()
		ids, err := wiretest.Drain(t, stalled.Client(t).Devices.All(t.Context()))
		assert.Equal(t, []int64{1}, ids)
		require.ErrorContains(t, err, "attempt timed out")
		assert.Equal(t, 30*time.Second, time.Since(start))
		assert.Len(t, stalled.Requests(), 1)
	})
}

// A server that sends an occasional byte must not block a poll forever.
func TestAll_failsWhenServerTrickles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		trickle := slowTransport(func(ctx context.Context, p []byte) (int, error) {
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(7 * time.Second):
			}
			switch reads++; reads {
			case 1:
				return copy(p, `[{"id":1},{"name":"`), nil
			case 100:
				return 0, io.EOF
			default:
				return copy(p, "x"), nil
			}
		})
		start := time.Now()
		ids, err := wiretest.Drain(t, wiretest.NewClient(t, wiretest.WithTransport(trickle)).Devices.All(t.Context()))
		assert.Equal(t, []int64{1}, ids)
		require.ErrorContains(t, err, "attempt timed out")
		assert.Equal(t, 37*time.Second, time.Since(start), "30 s for each device")
	})
}

// slowTransport returns a body that ends with the request's context, like that of a connection.
type slowTransport func(ctx context.Context, p []byte) (int, error)

func (s slowTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	body := wiretest.ReaderFunc(func(p []byte) (int, error) { return s(request.Context(), p) })
	return wiretest.NewScript(wiretest.Reply{Status: 200, Stream: body}).RoundTrip(request)
}

func TestAll_waitsForSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		chunks := []string{`[{"id":1}`, `,{"id":2}`, `,{"id":3}`, `]`}
		// The server takes 20 s per piece, the consumer 50 s: only waiting more than 30 s for bytes is a stall.
		slow := slowTransport(func(ctx context.Context, p []byte) (int, error) {
			if ctx.Err() != nil || len(chunks) == 0 {
				return 0, cmp.Or(ctx.Err(), io.EOF)
			}
			time.Sleep(20 * time.Second)
			n := copy(p, chunks[0])
			chunks = chunks[1:]
			return n, nil
		})
		ids := []int64{}
		for device, err := range wiretest.NewClient(t, wiretest.WithTransport(slow)).Devices.All(t.Context()) {
			require.NoError(t, err)
			ids = append(ids, device.ID)
			time.Sleep(50 * time.Second)
		}
		assert.Equal(t, []int64{1, 2, 3}, ids)
	})
}

func TestAll_stopsReadingAfterBreak(t *testing.T) {
	t.Parallel()
	endless := wiretest.ReaderFunc(func(p []byte) (int, error) { return copy(p, `,{"id":2}`), nil })
	s := wiretest.NewScript(wiretest.Reply{Status: 200, Stream: io.MultiReader(strings.NewReader(`[{"id":1}`), endless)})
	var response whatspie.Response
	for device, err := range s.Client(t).Devices.All(t.Context(), whatspie.WithResponse(&response)) {
		require.NoError(t, err)
		if device.ID == 2 {
			break
		}
	}
	s.AssertClosed(t, 1)
	assert.Len(t, s.Requests(), 1)
	assert.Equal(t, 200, response.StatusCode)
	assert.Empty(t, response.Body)
}

func TestAll_breakOnFirstPage(t *testing.T) {
	t.Parallel()
	client, s := pager{"": `{"data":[{"id":1}],"links":{"next":"?page=2"}}`}.client(t)
	for device, err := range client.Devices.All(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, int64(1), device.ID)
		break
	}
	assert.Len(t, s.Requests(), 1)
}

// After a break at the error, calling the loop body again would panic.
func TestAll_breakAtError(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, err := range wiretest.NewScript(wiretest.Reply{Status: 401}).Client(t).Devices.All(t.Context()) {
		require.ErrorIs(t, err, whatspie.ErrUnauthorized)
		seen++
		break
	}
	assert.Equal(t, 1, seen)
}

// If the consumer panics, the body is still closed.
func TestAll_closesBodyWhenConsumerPanics(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(`[{"id":1},{"id":2}]`))
	why := errors.New("consumer")
	assert.PanicsWithError(t, why.Error(), func() {
		for device, err := range s.Client(t).Devices.All(t.Context()) {
			assert.NoError(t, err)
			assert.Equal(t, int64(1), device.ID)
			panic(why)
		}
	})
	s.AssertClosed(t, 1)
}
