package whatspie_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// blurted is a body with both secrets in every member of an envelope.
func blurted(tb testing.TB) string {
	tb.Helper()
	echo := strings.ReplaceAll(token, `"`, `\"`)
	return `{"code":500,"message":"bad ` + echo + `","error":"cannot draw ` + dataURI(tb) + `","data":{"qr":"https://host/s3cr3t"}}`
}

func blurtedHeader(tb testing.TB) http.Header {
	tb.Helper()
	return http.Header{"X-Request-Id": {"r-" + token}, "Cf-Ray": {dataURI(tb)}, "X-Echo": {token}, "Set-Cookie": {"s=s3cr3t"}, "Location": {"/codes/s3cr3t.png"}}
}

// qrResponse is what WithResponse delivers of a code.
func qrResponse(t *testing.T) whatspie.Response {
	t.Helper()
	header := blurtedHeader(t)
	header["X-Request-Id"] = []string{dataURI(t)}
	s := scriptOf(reply{status: http.StatusOK, header: header, body: `{"data":{"qr":"` + dataURI(t) + `"}}`})
	var response whatspie.Response
	_, err := s.client(t).Devices.QR(t.Context(), 7, whatspie.WithResponse(&response))
	require.NoError(t, err)
	return response
}

// failures are the errors of a QR call, each from another way to fail.
func failures(t *testing.T, opts ...whatspie.Option) map[string]*whatspie.APIError {
	t.Helper()
	found := map[string]*whatspie.APIError{}
	synctest.Test(t, func(t *testing.T) {
		for name, answer := range blurts(t) {
			found[name] = failed(t, answer, opts...)
		}
		with := func(answer reply, opt whatspie.Option) *whatspie.APIError {
			return failed(t, answer, append(slices.Clip(opts), opt)...)
		}
		found["too large"] = with(reply{status: 403, body: "<p>" + token}, whatspie.WithMaxResponseBytes(int64(len(token))))
		found["limiter"] = with(ok("{}"), whatspie.WithLimiter(limiterFunc(func(context.Context) error { return io.ErrShortWrite })))
		found["no token"] = with(ok("{}"), whatspie.WithTokenSource(sourceOf(token+"\n")))
		found["token source"] = with(reply{status: 503}, whatspie.WithTokenSource(failsSecondTime()))

		ctx, cancel := context.WithCancelCause(t.Context())
		cancelling := roundTripper(func(*http.Request) (*http.Response, error) {
			cancel(textError("gave up with " + token))
			return nil, io.ErrUnexpectedEOF
		})
		_, err := newClient(t, append(opts, through(cancelling))...).Devices.QR(ctx, 7)
		found["cancelled"] = apiError(t, err)

		quoting := scriptOf(ok(`{"data":{"qr":"`+dataURI(t)+`"}}`)).client(t, opts...)
		err = quoting.Call(t.Context(), http.MethodGet, "/devices/7/qr", nil, &struct{ QR time.Time }{})
		found["a decoder that quotes"] = apiError(t, err)
		err = quoting.Call(t.Context(), http.MethodGet, "/devices/../qr?t="+token, nil, nil)
		found["never sent"] = apiError(t, err)
	})
	return found
}

// blurts are answers that repeat the secrets, and failures in place of one that do.
func blurts(t *testing.T) map[string]reply {
	t.Helper()
	header, body := blurtedHeader(t), blurted(t)
	dump := "GET https://host/s3cr3t with map[Authorization:[Bearer " + token + "]] got " + dataURI(t)
	return map[string]reply{
		"refused":         {status: 401, header: header, body: body},
		"server":          {status: 500, header: header, body: body},
		"200 with a code": {status: 200, header: header, body: body},
		"HTML":            {status: 502, header: header, body: "<a href='https://host/s3cr3t'>" + token + "</a><img src=" + dataURI(t) + ">"},
		"200 HTML":        {status: 200, header: header, body: "<p>" + token + dataURI(t)},
		"a picture":       {status: 500, header: header, body: string(pngCode(t))},
		"a link to go to": {status: 302, header: header, body: body},
		"text":            {status: 404, header: header, body: token},
		"half a token":    {status: 403, header: header, body: "<p>" + token[:len(token)-3], cut: true},
		"cut":             {status: 200, header: header, body: body[:len(body)/2], cut: true},
		"stalled":         {stall: true},
		"transport":       fails(textError(dump)),
		"another client":  fails(&url.Error{Op: "Get", URL: "https://host/s3cr3t?token=" + url.QueryEscape(token), Err: textError(dump)}),
	}
}

func failed(t *testing.T, answer reply, opts ...whatspie.Option) *whatspie.APIError {
	t.Helper()
	_, err := scriptOf(answer).client(t, opts...).Devices.QR(t.Context(), 7)
	return apiError(t, err)
}

// failsSecondTime returns an error that contains the token.
func failsSecondTime() whatspie.TokenSource {
	asked := 0
	return func(context.Context) (string, error) {
		if asked++; asked == 1 {
			return token, nil
		}
		return "", textError("cannot renew " + token)
	}
}

// unconfirmed is a creation that neither the response nor a list reveals.
func unconfirmed(t *testing.T) *whatspie.UnconfirmedError {
	t.Helper()
	var found *whatspie.UnconfirmedError
	synctest.Test(t, func(t *testing.T) {
		broken := reply{status: http.StatusBadGateway, header: blurtedHeader(t), body: blurted(t)}
		_, err := scriptOf(ok(`{"data":[]}`), broken).client(t, atOnce).Devices.CreateConfirmed(t.Context(), newDevice)
		require.ErrorAs(t, err, &found)
	})
	return found
}

// pairEvents are those of a pairing with failures, a code that is taken back, another one and a phone.
func pairEvents(t *testing.T) []whatspie.PairEvent {
	t.Helper()
	var events []whatspie.PairEvent
	kinds := map[whatspie.PairEventKind]bool{}
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithToken(token))
		id := srv.AddDevice(whatspie.Device{Name: "n"})
		srv.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: http.StatusInternalServerError, Header: blurtedHeader(t), Body: blurted(t), Times: 5})
		time.AfterFunc(40*time.Second, func() {
			srv.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: http.StatusInternalServerError, Header: blurtedHeader(t), Body: blurted(t), Times: 6})
		})
		time.AfterFunc(70*time.Second, func() { srv.ExpireQR(id) })
		time.AfterFunc(100*time.Second, func() { srv.Scan(id) })
		for event, err := range srv.Client(atOnce).Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			if event.QR != nil { // the codes that the tests search for
				own, err := whatspie.ParseQRCode(dataURI(t))
				require.NoError(t, err)
				event.QR = own
			}
			events, kinds[event.Kind] = append(events, event), true
		}
	})
	require.Len(t, kinds, int(whatspie.PairPaired), "every kind of event")
	return events
}

// driftsWithSecrets are reports on answers whose very names are secrets.
func driftsWithSecrets(t *testing.T) []whatspie.Drift {
	t.Helper()
	name, err := json.Marshal(token)
	require.NoError(t, err)
	bare := strings.TrimPrefix(dataURI(t), "data:image/png;base64,")
	var drifts []whatspie.Drift
	s := scriptOf(ok(`{"status":200,"data":{"id":7,` + string(name) + `:1,"` + dataURI(t) + `":2,"` + bare[:60] + `":3}}`))
	_, err = s.client(t, whatspie.WithDriftHandler(func(d whatspie.Drift) { drifts = append(drifts, d) })).Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	require.NotEmpty(t, drifts)
	return drifts
}
