package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// response is a prepared response of the server.
type response struct {
	status int
	body   []byte
}

// documented returns a body from the API's documentation.
func documented(name string) []byte {
	return must(os.ReadFile(filepath.Join("..", "testdata", name)))
}

// deviceList returns a list of n copies of the documented device, with different IDs and phone numbers.
func deviceList(n int) []byte { return deviceListWith(n, "") }

// deviceListWith adds undocumented members to each device.
func deviceListWith(n int, members string) []byte {
	_, device, _ := bytes.Cut(documented("get_device_200.json"), []byte(`"data": `))
	device = bytes.TrimSuffix(bytes.TrimSpace(device), []byte("}"))
	var body bytes.Buffer
	body.WriteString(`{"status":200,"message":"OK","data":[`)
	for i := range n {
		if i > 0 {
			body.WriteByte(',')
		}
		copied := bytes.Replace(device, []byte(`"id": 5`), fmt.Appendf(nil, `%s"id": %d`, members, i+1), 1)
		body.Write(bytes.Replace(copied, []byte("62895383079050"), fmt.Appendf(nil, "6289%09d", i), 1))
	}
	body.WriteString("]}")
	return body.Bytes()
}

// qrBody returns the documented QR response with a code that a phone can scan.
func qrBody() []byte {
	server := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer server.Close()
	id := server.AddDevice(whatspie.Device{Name: "bench"})
	qr := must(server.Client().Devices.QR(context.Background(), id))
	_, shape, _ := bytes.Cut(documented("get_qr_200.json"), []byte("{"))
	body := append([]byte("{"), shape...)
	return bytes.Replace(body, []byte("data:image/png;base64,json-image"), []byte(qr.DataURI()), 1)
}

// responses returns the server's responses by the first segment of the path.
func responses() map[string]response {
	all := map[string]response{
		"get":       {http.StatusOK, documented("get_device_200.json")},
		"qr":        {http.StatusOK, qrBody()},
		"create":    {http.StatusCreated, documented("get_device_200.json")},
		"not-found": {http.StatusNotFound, documented("get_device_not_found_detail_404.json")},
	}
	all[unknownFieldList] = response{
		http.StatusOK, deviceListWith(comparedSize, `"labels": {"team": "support", "tags": ["a", "b"]}, `),
	}
	for _, n := range sizes {
		all[listName(n)] = response{http.StatusOK, deviceList(n)}
	}
	for name, r := range all {
		if !json.Valid(r.body) {
			panic("invalid JSON: " + name)
		}
	}
	return all
}

// unknownFieldList is the list whose devices have an undocumented field.
const unknownFieldList = "list-unknown"

// sizes are the lengths of the lists.
var sizes = []int{1, 1_000, 10_000}

func listName(n int) string { return fmt.Sprintf("list-%d", n) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
