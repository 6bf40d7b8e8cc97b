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
			assert.Empty(t, s.Requests(), "nothing is sent before the range starts")
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
			assert.LessOrEqual(t, len(ids), 1, "devices before the error are yielded")
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
		writes := 0
		write := func(text string) {
			_, err := io.WriteString(writer, text)
			assert.NoError(t, err)
			writes++
		}
		go func() {
			write(`{"status":200,"data":[{"id":1}`)
			time.Sleep(time.Second)
			write(`,{"id":2}`)
			time.Sleep(time.Second)
			write(`]}`)
			assert.NoError(t, writer.Close())
		}()
		start := time.Now()
		var yieldedAt []time.Duration
		for device, err := range s.Client(t).Devices.All(t.Context()) {
			require.NoError(t, err)
			yieldedAt = append(yieldedAt, time.Since(start))
			synctest.Wait() // until the writer blocks
			assert.Equal(t, device.ID, int64(writes), "later devices have not been written")
		}
		assert.Equal(t, []time.Duration{0, time.Second}, yieldedAt)
	})
}

func TestAll_limitsSizeOfEachDevice(t *testing.T) {
	t.Parallel()
	drain := func(body string, limit int64) ([]int64, error) {
		s := wiretest.NewScript(wiretest.OK(body))
		ids, err := wiretest.Drain(t, s.Client(t, whatspie.WithMaxResponseBytes(limit)).Devices.All(t.Context()))
		assert.Len(t, s.Requests(), 1)
		return ids, err
	}

	ids, err := drain("["+strings.Repeat(fmt.Sprintf(`{"id":1,"name":"%0900d"},`, 0), 50)+`{"id":2}]`, 1000)
	require.NoError(t, err)
	assert.Len(t, ids, 51)

	exact := `[{"id":1}]` + strings.Repeat(" ", 1000)
	ids, err = drain(exact, int64(len(exact)))
	require.NoError(t, err)
	assert.Equal(t, []int64{1}, ids)

	ids, err = drain(`[{"id":1},`+fmt.Sprintf(`{"id":2,"name":"%02000d"}]`, 0), 1000)
	assert.Equal(t, []int64{1}, ids)
	wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
}

func TestAll_failsWhenServerStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 200, Body: `[{"id":1}`, StallBody: true})
		start := time.Now()
		ids, err := wiretest.Drain(t, s.Client(t).Devices.All(t.Context()))
		assert.Equal(t, []int64{1}, ids)
		require.ErrorContains(t, err, "attempt timed out")
		assert.Equal(t, 30*time.Second, time.Since(start))
		assert.Len(t, s.Requests(), 1)
	})
}

// A server that sends one byte at a time must not block a call forever.
func TestAll_failsWhenServerTrickles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		transport := slowTransport(func(ctx context.Context, p []byte) (int, error) {
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
		ids, err := wiretest.Drain(t, wiretest.NewClient(t, wiretest.WithTransport(transport)).Devices.All(t.Context()))
		assert.Equal(t, []int64{1}, ids)
		require.ErrorContains(t, err, "attempt timed out")
		assert.Equal(t, 37*time.Second, time.Since(start), "the timeout counts from the last complete device")
	})
}

// The wait for the first device starts with the request, not with the body.
func TestAll_firstDeviceTakesOneTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slowBody := slowTransport(func(ctx context.Context, p []byte) (int, error) {
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(29 * time.Second):
				return copy(p, `[{"id":1}]`), nil
			}
		})
		slow := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
			time.Sleep(29 * time.Second)
			return slowBody.RoundTrip(request)
		})
		start := time.Now()
		client := wiretest.NewClient(t, wiretest.WithTransport(slow))
		ids, err := wiretest.Drain(t, client.Devices.All(t.Context(), whatspie.WithoutRetry()))
		assert.Empty(t, ids)
		require.ErrorContains(t, err, "attempt timed out")
		assert.Equal(t, 30*time.Second, time.Since(start))
	})
}

// slowTransport returns a body that a function reads, with the context of the request.
type slowTransport func(ctx context.Context, p []byte) (int, error)

func (s slowTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	body := wiretest.ReaderFunc(func(p []byte) (int, error) { return s(request.Context(), p) })
	return wiretest.NewScript(wiretest.Reply{Status: 200, Stream: body}).RoundTrip(request)
}

func TestAll_waitsForSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		chunks := []string{`[{"id":1}`, `,{"id":2}`, `,{"id":3}`, `]`}
		// The server takes 20 s per chunk and the consumer 50 s per device. Only the former counts toward the timeout.
		transport := slowTransport(func(ctx context.Context, p []byte) (int, error) {
			if ctx.Err() != nil || len(chunks) == 0 {
				return 0, cmp.Or(ctx.Err(), io.EOF)
			}
			time.Sleep(20 * time.Second)
			n := copy(p, chunks[0])
			chunks = chunks[1:]
			return n, nil
		})
		ids := []int64{}
		for device, err := range wiretest.NewClient(t, wiretest.WithTransport(transport)).Devices.All(t.Context()) {
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
	body := io.MultiReader(strings.NewReader(`[{"id":1}`), endless)
	s := wiretest.NewScript(wiretest.Reply{Status: 200, Stream: body})
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

// If the loop body were called again after the break, the range would panic.
func TestAll_breakAtError(t *testing.T) {
	t.Parallel()
	yields := 0
	for _, err := range wiretest.NewScript(wiretest.Reply{Status: 401}).Client(t).Devices.All(t.Context()) {
		require.ErrorIs(t, err, whatspie.ErrUnauthorized)
		yields++
		break
	}
	assert.Equal(t, 1, yields)
}

func TestAll_closesBodyWhenConsumerPanics(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(`[{"id":1},{"id":2}]`))
	reason := errors.New("consumer")
	assert.PanicsWithError(t, reason.Error(), func() {
		for device, err := range s.Client(t).Devices.All(t.Context()) {
			assert.NoError(t, err)
			assert.Equal(t, int64(1), device.ID)
			panic(reason)
		}
	})
	s.AssertClosed(t, 1)
}
