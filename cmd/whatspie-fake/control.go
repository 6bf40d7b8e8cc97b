package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie/whatspietest"
)

const maxFaultBytes = 16 << 20

// newControl returns the control API.
func newControl(fake *whatspietest.Server) http.Handler {
	mux := http.NewServeMux()
	for pattern, change := range map[string]func(int64) bool{
		"POST /devices/{id}/scan":       fake.Scan,
		"POST /devices/{id}/expire":     fake.ExpireQR,
		"POST /devices/{id}/suspend":    fake.Suspend,
		"POST /devices/{id}/disconnect": fake.Disconnect,
		"DELETE /devices/{id}":          fake.RemoveDevice,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
			switch {
			case err != nil:
				writeError(w, http.StatusBadRequest, fmt.Sprintf("%q is not a device ID", r.PathValue("id")))
			case !change(id):
				writeError(w, http.StatusNotFound, fmt.Sprintf("device %d does not exist", id))
			default:
				w.WriteHeader(http.StatusNoContent)
			}
		})
	}
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		fault, err := readFault(http.MaxBytesReader(w, r.Body, maxFaultBytes))
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		fake.Inject(fault)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		fake.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		requests := fake.Requests()
		all := make([]request, len(requests))
		for i, r := range requests {
			all[i] = request{r.Method, r.Path, r.Query, r.Header, string(r.Body), r.Time}
		}
		writeJSON(w, http.StatusOK, all)
	})
	return mux
}

// request is the JSON form of a whatspietest.Request.
type request struct {
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Query  url.Values  `json:"query"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
	Time   time.Time   `json:"time"`
}

// readFault decodes a fault. It rejects unknown fields: if a misspelled one was ignored, the fault could match every
// request.
func readFault(body io.Reader) (whatspietest.Fault, error) {
	var f struct {
		Method   string      `json:"method"`
		Path     string      `json:"path"`
		Times    int         `json:"times"`
		Status   int         `json:"status"`
		Header   http.Header `json:"header"`
		Body     string      `json:"body"`
		Delay    string      `json:"delay"`
		Drop     bool        `json:"drop"`
		Refuse   bool        `json:"refuse"`
		Truncate int         `json:"truncate"`
		Lose     bool        `json:"lose"`
	}
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return whatspietest.Fault{}, fmt.Errorf("the body must be a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return whatspietest.Fault{}, errors.New("the body must be one JSON object")
	}
	fault := whatspietest.Fault{
		Method: f.Method, Path: f.Path, Times: f.Times, Status: f.Status, Header: f.Header, Body: f.Body,
		Drop: f.Drop, Refuse: f.Refuse, Truncate: f.Truncate, Lose: f.Lose,
	}
	if f.Delay != "" {
		var err error
		if fault.Delay, err = time.ParseDuration(f.Delay); err != nil {
			return fault, fmt.Errorf("delay: %w", err)
		}
	}
	return fault, fault.Validate()
}

func writeError(w http.ResponseWriter, status int, reason string) {
	writeJSON(w, status, map[string]string{"error": reason})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return // the client has disconnected
	}
}
