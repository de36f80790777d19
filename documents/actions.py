"""Verbs of the documents floor: issue a paper, sign it, attach a file, register a seal."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io

import filetype
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from PIL import Image, ImageOps

from documents.enums import AttachmentKind, PaperKind
from documents.models import Attachment, Dossier, Paper, Seal, Signature
from documents.models.dossier import Membership
from documents.trail import record, thread_of
from registry import clock
from registry.models import Parameter, School, Supplier

ALLOWED = {
    "image/jpeg": AttachmentKind.PHOTO,
    "image/png": AttachmentKind.PHOTO,
    "image/webp": AttachmentKind.PHOTO,
    "application/pdf": AttachmentKind.SCAN,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": AttachmentKind.SPREADSHEET,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": AttachmentKind.OTHER,
}


def open_dossier(*, county, number: str, title: str) -> Dossier:
    """立卷."""
    return Dossier.objects.create(
        county=county, number=number, title=title, opened_on=clock.today()
    )


def admit(dossier: Dossier, *, schools: list[School] = (), suppliers: list[Supplier] = ()) -> None:
    """Let schools and suppliers take part in the dossier; those already in stay in."""
    Membership.objects.bulk_create(
        [Membership(dossier=dossier, school=s) for s in schools]
        + [Membership(dossier=dossier, supplier=s) for s in suppliers],
        ignore_conflicts=True,
    )


@transaction.atomic
def issue_paper(
    *,
    thing: models.Model,
    dossier: Dossier,
    kind: PaperKind,
    number: str,
    title: str,
    data: dict,
    actor=None,
    school: School | None = None,
    supplier: Supplier | None = None,
) -> Paper:
    """Freeze ``data`` (JSON types only) as a paper about ``thing``.

    The same kind and number again with the same data gives the paper that is there; with other
    data it makes the next version, which replaces the last.
    """
    last = Paper.objects.filter(kind=kind, number=number).order_by("-version").first()
    digest = Paper.hash_of(data)
    if last and last.data_hash == digest:
        return last
    paper = Paper.objects.create(
        dossier=dossier,
        school=school,
        supplier=supplier,
        kind=kind,
        number=number,
        version=last.version + 1 if last else 1,
        title=title,
        thread=thread_of(thing),
        data=data,
        data_hash=digest,
        created_at=clock.now(),
        created_by=actor,
        replaces=last,
    )
    record(
        thing=thing,
        dossier=dossier,
        school=school,
        supplier=supplier,
        actor=actor,
        verb="形成文书",
        sentence=f"形成《{paper}》",
        data={"paper": paper.pk, "hash": digest},
    )
    return paper


@transaction.atomic
def sign(
    *,
    paper: Paper,
    signer,
    role: str,
    party: str,
    image: str = "",
    seal: Seal | None = None,
    address: str | None = None,
) -> Signature:
    """Sign ``paper`` in the capacity ``role`` for ``party``.

    ``image``: the drawn signature as a PNG data URL, or empty. Raises ``ValidationError`` when the
    paper was replaced, its data no longer matches, or this capacity has already signed.
    """
    paper = Paper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if not paper.is_current:
        raise ValidationError("这份文书已有新版，请刷新页面后签署新版。")
    if not paper.intact:
        raise ValidationError("文书内容与形成时不一致，不能签署，请联系项目办核查。")
    if paper.signatures.filter(role=role).exists():
        raise ValidationError(f"“{role}”已经签署过这份文书。")
    signature = Signature.objects.create(
        paper=paper,
        signer=signer,
        name=signer.name,
        role=role,
        party=party,
        signed_at=clock.now(),
        address=address,
        image=png_of(image),
        seal=seal,
        data_hash=paper.data_hash,
    )
    how = "签字并盖章" if seal else "签字"
    record(
        thing=paper,
        dossier=paper.dossier,
        school=paper.school,
        supplier=paper.supplier,
        actor=signer,
        verb="签署",
        sentence=f"{role}{signer.name}在《{paper}》上{how}",
        data={"hash": paper.data_hash},
    )
    return signature


def png_of(data_url: str) -> bytes | None:
    """The PNG bytes of a drawn signature's data URL; None when nothing was drawn.

    Raises ``ValidationError`` for anything that is not a small PNG picture.
    """
    if not data_url:
        return None
    head, _, body = data_url.partition(",")
    try:
        raw = base64.b64decode(body, validate=True)
        picture = Image.open(io.BytesIO(raw))
        picture.verify()
    except (binascii.Error, ValueError, OSError, SyntaxError) as error:
        raise ValidationError("手写签名没有读出来，请清除后重新签一次。") from error
    if (
        head != "data:image/png;base64"
        or picture.format != "PNG"
        or len(raw) > 300_000
        or max(picture.size) > 4000
    ):
        raise ValidationError("手写签名没有读出来，请清除后重新签一次。")
    return raw


def check_file(upload) -> tuple[AttachmentKind, str, bytes]:
    """Kind, MIME type and content of an upload, judged by its content and not by its name.

    Pictures are re-encoded, so nothing rides along in them. Raises ``ValidationError``.
    """
    limit = int(Parameter.objects.value("file.max_megabytes"))
    if upload.size > limit * 1024 * 1024:
        raise ValidationError(
            f"文件“{upload.name}”有 {upload.size / 1048576:.1f} MB，超过 {limit} MB 上限。请压缩后再传；已填写的内容没有丢失。"
        )
    content = upload.read()
    kind = filetype.guess(content)
    mime = kind.mime if kind else ""
    if mime not in ALLOWED:
        raise ValidationError(
            f"文件“{upload.name}”不是可接收的类型。请上传照片（JPG、PNG）、PDF、Excel（xlsx）或 Word（docx）。"
        )
    if mime.startswith("image/"):
        content, mime = _reencode(content, upload.name), "image/jpeg"
    return ALLOWED[mime], mime, content


def _reencode(content: bytes, name: str) -> bytes:
    try:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(
            f"照片“{name}”打不开，可能已损坏，请重新拍摄或另存后再传。"
        ) from error
    picture.thumbnail((2400, 2400))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


@transaction.atomic
def attach(
    *, upload, thing: models.Model, dossier: Dossier, actor, school=None, supplier=None
) -> Attachment:
    """Keep an uploaded file with ``thing``; the same content twice is kept once."""
    kind, mime, content = check_file(upload)
    digest = hashlib.sha256(content).hexdigest()
    thread = thread_of(thing)
    known = Attachment.objects.filter(thread=thread, sha256=digest).first()
    if known:
        return known
    row = Attachment(
        dossier=dossier,
        school=school,
        supplier=supplier,
        kind=kind,
        thread=thread,
        name=upload.name[-120:],
        mime=mime,
        size=len(content),
        sha256=digest,
        uploaded_at=clock.now(),
        uploaded_by=actor,
    )
    suffix = {"image/jpeg": "jpg", "application/pdf": "pdf"}.get(
        mime, "docx" if "word" in mime else "xlsx"
    )
    row.file.save(f"{digest[:20]}.{suffix}", ContentFile(content), save=False)
    row.save()
    return row


def register_seal(
    *, name: str, image: bytes, county=None, school=None, supplier=None, actor=None
) -> Seal:
    """启用印章. Raises ``ValidationError`` when the owner already has it in use."""
    seal = Seal(
        name=name,
        image=image,
        county=county,
        school=school,
        supplier=supplier,
        registered_on=clock.today(),
        registered_by=actor,
    )
    seal.full_clean()
    seal.save()
    return seal


@transaction.atomic
def destroy_seal(*, seal: Seal, reason: str, actor) -> Seal:
    """停用印章: it stays on record and on the papers it was used on; nobody can use it again."""
    seal = Seal.objects.select_for_update(of=("self",)).get(pk=seal.pk)
    if seal.destroyed_on:
        raise ValidationError(f"“{seal}”已于 {seal.destroyed_on} 停用。")
    seal.destroyed_on, seal.destroyed_by = clock.today(), actor
    seal.destroyed_reason = reason.strip()
    seal.full_clean()
    seal.save(update_fields=["destroyed_on", "destroyed_by", "destroyed_reason"])
    return seal


def seal_image(upload) -> bytes:
    """The uploaded picture of a seal, made small and without anything that rode along in it.

    Raises ``ValidationError`` for what is not a PNG of a seal on a clear or white ground.
    """
    try:
        picture = Image.open(upload)
        if picture.format != "PNG" or max(picture.size) > 4000:
            raise ValueError
        picture = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValidationError(
            "印模须是 PNG 图片，边长不超过 4000 像素。请扫描印模后存为 PNG 再上传。"
        ) from error
    if min(picture.size) < 100:
        raise ValidationError("印模图片太小，打印会模糊。边长至少 100 像素。")
    white = Image.new("RGBA", picture.size, "white")
    if Image.alpha_composite(white, picture).convert("L").getextrema()[0] > 230:
        raise ValidationError("图片上没有印迹。请换一张清晰的印模。")
    picture.thumbnail((600, 600))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
