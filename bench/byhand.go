package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// device is the struct that a program without the SDK would use.
type device struct {
	ID           int64     `json:"id"`
	Phone        string    `json:"phone"`
	WebhookURL   string    `json:"webhook_url"`
	Status       string    `json:"status"`
	Version      string    `json:"version"`
	PairedStatus string    `json:"paired_status"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	Server       struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	} `json:"server"`
	Package struct {
		Code string `json:"code"`
		Name string `json:"name"`
	} `json:"package"`
	Subscription struct {
		Available int64 `json:"quote_available,string"`
		Used      int64 `json:"quote_used,string"`
	} `json:"subscription"`
}

type envelope[T any] struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Data    T      `json:"data"`
}

// failure is the error envelope of the API.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"error"`
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.Code, f.Message, f.Detail) }

type newDevice struct {
	Package string `json:"package"`
	Name    string `json:"name"`
}

// decoder is json.Unmarshal, or that of another package.
type decoder func(body []byte, into any) error

// byHand makes a call without the SDK.
func byHand[T any](ctx context.Context, client *http.Client, decode decoder, method, url string, in any) (T, error) {
	var out envelope[T]
	var payload io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return out.Data, err
		}
		payload = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, payload)
	if err != nil {
		return out.Data, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return out.Data, err
	}
	defer func() { _ = response.Body.Close() }() // read to its end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return out.Data, err
	}
	if response.StatusCode >= http.StatusBadRequest {
		failed := &failure{}
		if err := json.Unmarshal(body, failed); err != nil {
			return out.Data, err
		}
		return out.Data, failed
	}
	err = decode(body, &out)
	return out.Data, err
}
