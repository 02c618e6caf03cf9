import pytest
from portal.roles import Role
from portal.tokens import create_token
pytestmark=[pytest.mark.django_db(transaction=True)]
@pytest.mark.parametrize("w,dark",[(1440,False),(1440,True),(390,False),(390,True)])
def test_shots(visit, make_user, settings, w, dark):
    u=make_user("coordinator1", Role.COORDINATORS, Role.SHIFTERS, email="coordinator1@example.org")
    a=make_user("administrator1", Role.ADMINISTRATORS)
    make_user("shifter1", Role.SHIFTERS)
    create_token(u)
    t=f"{w}{'d' if dark else 'l'}"
    for name,addr,user,st in [("help","/help/",None,200),("login","/accounts/login/",None,200),("profile","/profile/",u,200),("404","/nowhere/",u,404),("403","/admin/login/",u,403),("admin","/admin/",a,200),("adminuser",f"/admin/portal/user/{u.pk}/change/",a,200),("pw","/accounts/password/change/",u,200),("docs","/api/v1/docs/",u,200)]:
        one=visit(addr,as_user=user,width=w,dark=dark,expect=st)
        if name=="docs": one.page.locator(".opblock").first.wait_for()
        if name=="404": one.page.locator("summary").first.click() if w>600 else (one.page.locator(".menu").click(), one.page.locator("summary").first.click())
        one.shoot(f"/tmp/shots/{name}-{t}.png"); one.close()
    settings.DEMO=True
    one=visit("/accounts/login/?next=/help/",width=w,dark=dark)
    one.page.get_by_label("Username").fill("x"); one.page.get_by_label("Password").fill("y")
    one.page.get_by_role("main").get_by_role("button",name="Log in",exact=True).click()
    one.page.wait_for_load_state()
    one.shoot(f"/tmp/shots/demologin-{t}.png")
    one=visit("/profile/",as_user=u,width=w,dark=dark); one.page.get_by_role("button",name="Make a token").click(); one.page.locator("#token").wait_for(); one.shoot(f"/tmp/shots/token-{t}.png")
