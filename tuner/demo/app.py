"""The page and its one address, as a web application."""

from pathlib import Path
from typing import Any

from .answers import Answers

MOST_IMAGES = 32
MOST_BYTES = 50_000_000
"""Of one request."""
_PAGE = Path(__file__).with_name("page.html")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(answers: Answers, title: str, hosts: list[str]) -> Any:
    """Return the application, for any ASGI server.

    `GET /` is the page. `POST /predict` takes images as the fields `images` of a multipart form, and returns a JSON
    list with an `Answer` for each.

    Args:
        answers: What classifies the images.
        title: The title of the page.
        hosts: The names that the server may be called by; requests for others are refused, so that no other site can
            reach it through a visitor's browser.
    """
    from fastapi import FastAPI, Request, UploadFile
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import HTMLResponse, JSONResponse
    from markupsafe import escape
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    page = _PAGE.read_text("utf-8").replace("TITLE", str(escape(title)))

    @app.middleware("http")
    async def limit(request: Request, call_next: Any) -> Any:
        given = request.headers
        origin = given.get("origin")
        if origin is not None and origin.partition("://")[2] != given.get("host"):
            return JSONResponse({"error": "Requests from other sites are refused."}, 403)
        length = "" if "transfer-encoding" in given else given.get("content-length", "")
        if request.method == "POST" and not (length.isdecimal() and int(length) <= MOST_BYTES):
            said = (
                f"A request may have at most {MOST_BYTES // 10**6} MB, and must state its length."
            )
            return JSONResponse({"error": said}, 413)
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: Exception) -> Any:
        said = "Images are missing: send them as the form field images, as in curl -F images=@image.jpg."
        return JSONResponse({"error": said}, 422)

    @app.get("/", response_class=HTMLResponse)
    def show() -> str:
        return page

    @app.post("/predict")
    def predict(images: list[UploadFile]) -> Any:
        if len(images) > MOST_IMAGES:
            said = f"A request may have at most {MOST_IMAGES} images, but got {len(images)}."
            return JSONResponse({"error": said}, 413)
        return [answers.of(one.filename or "", one.file.read()).as_dict() for one in images]

    return app
