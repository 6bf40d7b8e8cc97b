package model

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"rsc.io/qr"
)

// Transport serves the gateway as the API of one device, with any ID.
type Transport struct {
	gateway *Gateway

	mu     sync.Mutex
	codes  map[string]int // by image
	images map[int]string // by code; the last one if it is redrawn
}

// Transport returns an http.RoundTripper for the gateway.
func (g *Gateway) Transport() *Transport {
	return &Transport{gateway: g, codes: map[string]int{}, images: map[int]string{}}
}

// RoundTrip responds at once, apart from the gateway's delays.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/qr") {
		return t.qr(r)
	}
	switch status := t.gateway.Status(); {
	case status == "":
		return nil, io.ErrUnexpectedEOF
	case r.URL.Path == "/devices":
		return respond(r, http.StatusOK, `{"status":200,"message":"OK","data":[{"id":1,"paired_status":"`+status+`"}]}`), nil
	default:
		return respond(r, http.StatusOK, `{"status":200,"message":"OK","data":{"id":1,"paired_status":"`+status+`"}}`), nil
	}
}

func (t *Transport) qr(r *http.Request) (*http.Response, error) {
	if err := Sleep(r.Context().Done(), t.gateway.kind.RequestDelay); err != nil {
		return nil, err
	}
	code, response := t.gateway.Code()
	if response == Hangs {
		return nil, Sleep(r.Context().Done(), never)
	}
	if err := Sleep(r.Context().Done(), t.gateway.kind.ResponseDelay); err != nil {
		return nil, err
	}
	switch response {
	case Connected:
		return respond(r, http.StatusOK, `{"code":200,"message":"Device connected"}`), nil
	case NoCode:
		return respond(r, http.StatusOK, `{"status":200,"message":"OK","data":{"qr":null}}`), nil
	case Lost:
		if t.gateway.requests%2 == 0 {
			return respond(r, http.StatusGatewayTimeout, "<html>gateway timeout</html>"), nil
		}
		return nil, io.ErrUnexpectedEOF
	default:
		image, err := t.draw(code)
		if err != nil {
			return nil, err
		}
		uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(image))
		return respond(r, http.StatusOK, `{"status":200,"message":"OK","data":{"qr":"`+uri+`"}}`), nil
	}
}

// draw returns an image of the code.
func (t *Transport) draw(code int) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if image, ok := t.images[code]; ok && !t.gateway.kind.Redrawn {
		return image, nil
	}
	encoded, err := qr.Encode(fmt.Sprintf("2@%d", code), qr.L)
	if err != nil {
		return "", err
	}
	encoded.Scale = 4 + len(t.codes)%3
	image := string(encoded.PNG())
	t.codes[image], t.images[code] = code, image
	return image, nil
}

// CodeOf returns the code that an image shows.
func (t *Transport) CodeOf(image []byte) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.codes[string(image)]
}

func respond(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}
}

// Sleep waits, or returns an error if done is closed first.
func Sleep(done <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return io.ErrUnexpectedEOF
	case <-timer.C:
		return nil
	}
}
