package whatspie_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestPair_ignoresCaseOfStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(5*time.Second, func() {
			body := `{"status":200,"data":{"id":1,"paired_status":"Suspended"}}`
			srv.Inject(whatspietest.Fault{Path: "/devices/1", Body: body})
		})
		start := time.Now()
		_, _, err := wiretest.Pair(t.Context(), srv.Client(), id)
		require.ErrorIs(t, err, whatspie.ErrDeviceSuspended)
		assert.Equal(t, 6*time.Second, time.Since(start))
	})
}

// Responses without a code do not count toward WithMaxQRCodes. They end the loop after WithQRPatience.
func TestPair_notYet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"null code":            {200, `{"status":200,"message":"OK","data":{"qr":null}}`, whatspie.ErrQRNotReady},
		"empty code":           {200, `{"status":200,"message":"OK","data":{"qr":""}}`, whatspie.ErrQRNotReady},
		"no data":              {200, `{"status":200,"message":"OK","data":null}`, whatspie.ErrQRNotReady},
		"empty values in data": {200, `{"status":200,"message":"OK","data":{"count":0}}`, nil},
		"generation failed":    {200, `{"code":500,"message":"QR code generation failed"}`, whatspie.ErrQRGeneration},
		"not an image": {
			200, `{"status":200,"message":"OK","data":{"qr":"data:image/png;base64,aGVsbG8="}}`,
			whatspie.ErrUnexpectedResponse,
		},
		"connected, not paired": {200, `{"code":200,"message":"Device connected"}`, whatspie.ErrDeviceConnected},
		"already connected":     {200, `{"code":200,"message":"Device is already connected."}`, whatspie.ErrDeviceConnected},
		"connected, 400":        {400, `{"code":400,"message":"Device connected"}`, whatspie.ErrDeviceConnected},
		"conflict":              {409, `{"code":409,"message":"Session is starting"}`, whatspie.ErrBadRequest},
		"unprocessable":         {422, `{"code":422,"message":"Session is starting"}`, nil},
		"too early":             {425, `{"code":425,"message":"Too early"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault := whatspietest.Fault{Path: "/devices/1/qr", Times: -1, Status: test.status, Body: test.body}
			t.Run("code arrives", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					srv.Inject(fault)
					time.AfterFunc(110*time.Second+time.Millisecond, srv.ClearFaults)
					time.AfterFunc(120*time.Second, func() { srv.Scan(id) })

					steps, _, err := wiretest.Pair(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(1))

					require.NoError(t, err)
					assert.Equal(t, []wiretest.Step{wiretest.At(115, whatspie.PairQR)}, wiretest.CodeSteps(steps))
					// One request for the code per 5 s, one poll per 3 s, and one status request per "connected".
					assert.LessOrEqual(t, len(srv.Requests()), (120/5+1)+(120/3+1)+25)
				})
			})
			t.Run("patience ends", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					srv.Inject(fault)
					start := time.Now()

					patience := whatspie.WithQRPatience(30 * time.Second)
					_, events, err := wiretest.Pair(t.Context(), srv.Client(), id, patience)

					require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
					if test.want != nil {
						require.ErrorIs(t, err, test.want)
					}
					assert.Equal(t, 30*time.Second, time.Since(start))
					for _, event := range events {
						assert.Equal(t, whatspie.PairRetry, event.Kind)
					}
				})
			})
		})
	}
}

// The next request for a code waits for the Retry-After of a response that has none.
func TestPair_notYetWithRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{
			Path: "/devices/1/qr", Status: 500, Header: http.Header{"Retry-After": {"40"}},
			Body: `{"code":500,"message":"QR code generation failed"}`,
		})
		client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxRetryAfter: 1})) // for calls, not for loops
		steps, _, err := wiretest.Pair(t.Context(), client, id, whatspie.WithMaxQRCodes(1))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		assert.Equal(t, wiretest.At(0, whatspie.PairRetry), steps[0])
		assert.Equal(t, whatspie.PairQR, steps[1].Kind)
		assert.InDelta(t, 42, steps[1].At, 2, "40 s and up to 4 s of jitter")
	})
}

// Responses from other servers, such as a proxy, neither end the loop nor count as a code.
func TestPair_outage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"text 404":           {Status: 404, Body: "404 page not found"},
		"HTML 404":           {Status: 404, Body: "<html>not found</html>"},
		"HTML 403":           {Status: 403, Body: "<html>checking your browser</html>"},
		"HTML 400":           {Status: 400, Body: "<html>bad request</html>"},
		"HTML 409":           {Status: 409, Body: "<html>conflict</html>"},
		"HTML 422":           {Status: 422, Body: "<html>unprocessable</html>"},
		"HTML 425":           {Status: 425, Body: "<html>too early</html>"},
		"421":                {Status: 421, Body: "misdirected"},
		"520":                {Status: 520, Body: "<html>"},
		"530":                {Status: 530},
		"502":                {Status: 502, Body: "<html>bad gateway</html>"},
		"HTML 200":           {Status: 200, Body: "<html>maintenance</html>"},
		"404 without body":   {Status: 404},
		"404 cut off":        {Status: 404, Body: `{"code":404,"message":"Device not found"}`, Truncate: 10},
		"connection dropped": {Drop: true},
		"connection refused": {Refuse: true},
	} {
		for scope, path := range map[string]string{"QR requests": "/devices/1/qr", "all requests": ""} {
			t.Run(name+", "+scope, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					outage := fault
					outage.Path, outage.Times = path, -1
					srv.Inject(outage)
					time.AfterFunc(10*time.Minute, srv.ClearFaults)
					time.AfterFunc(11*time.Minute, func() { srv.Scan(id) })

					steps, events, err := wiretest.Pair(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(2))

					require.NoError(t, err)
					require.NotEmpty(t, wiretest.CodeSteps(steps))
					assert.InDelta(t, 600, wiretest.CodeSteps(steps)[0].At, 39, "within the longest pause")
					for _, event := range events[:5] {
						assert.Equal(t, whatspie.PairRetry, event.Kind)
					}
				})
			})
		}
	}
}
