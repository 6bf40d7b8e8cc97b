package whatspie_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// slowly lets a request for a code take so long on its way there, and its answer on its way back.
func slowly(srv *whatspietest.Server, there, back time.Duration) whatspie.Option {
	return through(roundTripper(func(r *http.Request) (*http.Response, error) {
		if !isQRRequest(r) {
			return srv.Transport().RoundTrip(r)
		}
		time.Sleep(there)
		answer, err := srv.Transport().RoundTrip(r)
		time.Sleep(back)
		return answer, err
	}))
}

// A code whose answer took long on its way is not shown longer than the server has it, nor asked for again before.
func TestPairShowsNoCodeBeyondItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client(slowly(srv, 3*time.Second, 2*time.Second))
		steps, events, err := pairUntilEnd(t.Context(), client, id, whatspie.WithMaxQRCodes(3))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		var shown []step
		var codes [][]byte
		for i, event := range events {
			if event.Kind == whatspie.PairQR || event.Kind == whatspie.PairQRExpired {
				shown = append(shown, steps[i])
			}
			if event.Kind == whatspie.PairQR {
				codes = append(codes, event.QR.PNG())
			}
		}
		assert.Equal(t, []step{
			{whatspie.PairQR, 5},
			{whatspie.PairQRExpired, 60},
			{whatspie.PairQR, 70},
			{whatspie.PairQRExpired, 85},
			{whatspie.PairQR, 95},
			{whatspie.PairQRExpired, 110},
		}, shown)
		assert.NotEqual(t, codes[0], codes[1])
		assert.NotEqual(t, codes[1], codes[2])
	})
}

// Of codes that come later than they live, each is still shown for a while.
func TestPairShowsCodesThatComeLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		steps, events, err := pairUntilEnd(t.Context(), srv.Client(slowly(srv, 0, 21*time.Second)), id, whatspie.WithMaxQRCodes(3))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		var shown []float64
		for i, event := range events {
			if event.Kind == whatspie.PairQR {
				shown = append(shown, event.ExpiresAt.Sub(events[0].ExpiresAt).Seconds()-steps[i].at+60)
			}
		}
		assert.Equal(t, []float64{39, 10, 10}, shown)
	})
}

// A loop that begins when the code of the one before is about to die waits for the next.
func TestPairWaitsForTheCodeAfterADyingOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client(slowly(srv, 0, 10*time.Second))
		var first *whatspie.QRCode
		for event, err := range client.Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			first = event.QR
			break
		}
		time.Sleep(41 * time.Second) // the answer of the next loop is here at 61 s, asked for at 51 s
		start := time.Now()
		for event, err := range client.Devices.Pair(t.Context(), id, whatspie.WithMaxQRCodes(1)) {
			require.NoError(t, err)
			assert.Equal(t, whatspie.PairQR, event.Kind)
			assert.NotEqual(t, first.PNG(), event.QR.PNG())
			assert.Equal(t, 29*time.Second, time.Since(start), "10 s for the old one, 9 s until it is gone, 10 s for the new one")
			break
		}
	})
}

// A code whose first answer was lost is as old as the request for that.
func TestPairCountsFromARequestThatGotNoAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		asked := 0
		client := srv.Client(whatspie.WithAttemptTimeout(20*time.Second), through(roundTripper(func(r *http.Request) (*http.Response, error) {
			answer, err := srv.Transport().RoundTrip(r)
			if isQRRequest(r) {
				if asked++; asked == 1 {
					<-r.Context().Done()
					return nil, context.Cause(r.Context())
				}
			}
			return answer, err
		})))
		start := time.Now()
		for event, err := range client.Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			assert.Equal(t, 60*time.Second, event.ExpiresAt.Sub(start))
			break
		}
	})
}
